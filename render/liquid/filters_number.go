package liquid

import (
	"errors"
	"math"
	"math/big"
	"strconv"
)

// errDivided is what a division by 0 is.
var errDivided = errors.New("the number is divided by 0")

// exact is an operation on two numbers; ok is false if there is no result.
type exact func(z, x, y *big.Rat) (ok bool)

// ofNumbers is a filter of two numbers. Whole numbers have a whole result; others are
// reckoned with as decimals, as they are written, and not as the processor has them.
func ofNumbers(f exact) filter {
	return func(_ *run, in any, args []any) (any, error) {
		x, y := toNumber(in), toNumber(arg(args, 0))
		_, xWhole := x.(int64)
		_, yWhole := y.(int64)
		a, b, z := decimal(x), decimal(y), new(big.Rat)
		if !f(z, a, b) {
			return nil, errDivided
		}
		if xWhole && yWhole {
			if whole := floor(z); whole.IsInt64() {
				return whole.Int64(), nil
			}
		}
		result, _ := z.Float64()
		return result, nil
	}
}

// decimal is a number exactly as it is written.
func decimal(number any) *big.Rat {
	switch n := number.(type) {
	case int64:
		return new(big.Rat).SetInt64(n)
	case float64:
		if r, ok := new(big.Rat).SetString(strconv.FormatFloat(n, 'f', -1, 64)); ok {
			return r
		}
	}
	return new(big.Rat) // it is infinite
}

// floor is the whole number that is not above.
func floor(z *big.Rat) *big.Int {
	q, m := new(big.Int), new(big.Int)
	q.DivMod(z.Num(), z.Denom(), m)
	return q
}

// modulo is what is left of x, with the sign of y.
func modulo(z, x, y *big.Rat) bool {
	if y.Sign() == 0 {
		return false
	}
	times := new(big.Rat).SetInt(floor(new(big.Rat).Quo(x, y)))
	z.Sub(x, times.Mul(times, y))
	return true
}

func numberFilters() map[string]filter {
	always := func(f func(z, x, y *big.Rat) *big.Rat) filter {
		return ofNumbers(func(z, x, y *big.Rat) bool { f(z, x, y); return true })
	}
	chosen := func(order int) filter {
		return func(_ *run, in any, args []any) (any, error) {
			x, y := toNumber(in), toNumber(arg(args, 0))
			if decimal(x).Cmp(decimal(y)) == order {
				return y, nil
			}
			return x, nil
		}
	}
	one := func(f func(float64) float64) filter {
		return func(_ *run, in any, _ []any) (any, error) {
			if n, ok := toNumber(in).(int64); ok {
				return n, nil
			}
			return int64(f(toFloat(in))), nil
		}
	}
	return map[string]filter{
		"plus": always((*big.Rat).Add), "minus": always((*big.Rat).Sub), "times": always((*big.Rat).Mul),
		"divided_by": ofNumbers(func(z, x, y *big.Rat) bool {
			if y.Sign() == 0 {
				return false
			}
			z.Quo(x, y)
			return true
		}),
		"modulo":   ofNumbers(modulo),
		"at_least": chosen(-1), "at_most": chosen(1),
		"ceil": one(math.Ceil), "floor": one(math.Floor), "round": round,
		"abs": func(_ *run, in any, _ []any) (any, error) {
			if n, ok := toNumber(in).(int64); ok {
				return max(n, -n), nil
			}
			return math.Abs(toFloat(in)), nil
		},
		"to_integer": func(_ *run, in any, _ []any) (any, error) {
			if in == true {
				return int64(1), nil
			}
			return toInt(in), nil
		},
	}
}

// round rounds to so many places, those before the point if they are below 0; halves go
// away from 0.
func round(_ *run, in any, args []any) (any, error) {
	number, places := toNumber(in), max(-18, min(toInt(arg(args, 0)), 18))
	whole, isWhole := number.(int64)
	if isWhole && places >= 0 {
		return whole, nil
	}
	z := decimal(number)
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	rounded, _ := new(big.Rat).SetString(z.Mul(z, scale).FloatString(0))
	result, _ := rounded.Quo(rounded, scale).Float64()
	if places <= 0 {
		return int64(max(min(result, 1<<53), -1<<53)), nil
	}
	return result, nil
}
