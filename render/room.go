package render

import (
	"context"

	"icecap/render/picture"
)

// A room bounds how much of the machine pictures take: how many pixels are decoded at
// the same time, which is one picture of the largest size or several smaller ones, and
// that no more are at work than there are workers.
type room struct {
	hands chan struct{} // of the workers
	door  chan struct{} // one at a time takes places, so that no two wait for each other
	place chan struct{}
}

// roomPlaces are the parts of [picture.MaxPixels] that are given away.
const roomPlaces = 16

func newRoom(workers int) *room {
	return &room{hands: make(chan struct{}, workers), door: make(chan struct{}, 1), place: make(chan struct{}, roomPlaces)}
}

// A stay is a picture's place in the room.
type stay struct {
	room   *room
	places int
}

// enter waits for room for so many pixels.
func (r *room) enter(ctx context.Context, pixels int) (*stay, error) {
	select {
	case r.hands <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := &stay{room: r}
	select {
	case r.door <- struct{}{}:
	case <-ctx.Done():
		s.end()
		return nil, ctx.Err()
	}
	defer func() { <-r.door }()
	for range placesFor(pixels) {
		select {
		case r.place <- struct{}{}:
			s.places++
		case <-ctx.Done():
			s.end()
			return nil, ctx.Err()
		}
	}
	return s, nil
}

func placesFor(pixels int) int { return min(roomPlaces, 1+pixels*roomPlaces/picture.MaxPixels) }

// shrink gives back the places that fewer pixels do not need.
func (s *stay) shrink(pixels int) { s.keep(placesFor(pixels)) }

// end gives all back.
func (s *stay) end() {
	s.keep(0)
	<-s.room.hands
}

func (s *stay) keep(places int) {
	for ; s.places > places; s.places-- {
		<-s.room.place
	}
}
