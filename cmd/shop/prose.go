package main

// The sentences of descriptions, reviews and guides. In descriptions, {name},
// {family} and {origin} stand for the product's own words.

var openings = []string{
	"The {name} is the piece we reach for first, and the one that guests ask about.",
	"Made in a workshop of nine people in {origin}, the {name} is finished by hand and signed underneath.",
	"We searched for two years before we came across the {name}, at a market in {origin}.",
	"The {family} collection began with one drawing on the back of an invoice. The {name} is its latest member.",
	"There is nothing on the {name} that could be left away, and nothing missing.",
	"Plain at first sight, the {name} shows its quality in the details: an even finish, clean edges, a good weight.",
}

var middles = []string{
	"No two are quite alike: small differences in colour and surface belong to the way it is made.",
	"It arrives ready to use, packed in paper and card, without any plastic.",
	"The makers use what is left over for the smaller pieces of the {family} collection.",
	"It was tested in our own homes for a whole winter before we put it on the shelf.",
	"The finish darkens a little during the first year and then stays as it is.",
	"Designed to be repaired: every part can be ordered on its own, for at least fifteen years.",
	"A gift that needs no explanation, and no batteries.",
	"The colour comes from the material itself; nothing is painted, nothing will chip.",
}

// pantryMiddles are for what is eaten and drunk.
var pantryMiddles = []string{
	"One field, one season, one name on the label.",
	"It is packed by hand, in small batches, on the day that we post it.",
	"Nothing is added, and nothing that matters is taken out.",
	"The grower gets a fixed price, agreed on before the harvest.",
	"Every batch tastes a little of its year, and is meant to.",
	"The {family} collection has been on our own breakfast table since we opened.",
}

var closings = map[string][]string{
	"Kitchen":         {"Wash by hand and dry at once; it will thank you with decades of service.", "Safe in the dishwasher, at its happiest in the sink.", "Rub with a drop of oil twice a year."},
	"Table":           {"Stacks well, and goes with everything else in the cupboard.", "Further pieces of the same series can be added at any time.", "Sold singly, so that a broken one is no tragedy."},
	"Pantry":          {"Keep it cool and dark, and use it within six months of opening.", "The harvest date is stamped on the lid.", "Goes well with good bread and a slow morning."},
	"Living":          {"Looks right in a rented room and in a country house.", "Dust with a dry cloth, nothing more.", "Pairs well with the quieter colours of the same collection."},
	"Bed & Bath":      {"Wash at forty degrees and dry on the line, if you have one.", "It gets softer every time, for years.", "Certified to contain nothing that should not touch your skin."},
	"Garden":          {"May stay outside all year round.", "Rinse off the soil, and it is ready for next spring.", "Made to be used, not to be hung on a wall."},
	"Desk & Workshop": {"Refills and spare parts are always in stock.", "Keep it dry, and pass it on one day.", "It comes with a short note on care, in four languages."},
	"Outdoors":        {"Tested on a wet week in {origin}, which is to say, properly.", "Light enough for a long walk, tough enough for the way home.", "Seams, hinges and straps are covered by our ten-year promise."},
}

var summaries = []string{
	"Made for every day, not for Sundays.",
	"Made by hand in {origin}.",
	"From the {family} collection.",
	"Simple, solid, made to last.",
	"The one that stays on the table.",
	"Small batch from {origin}.",
	"Our own favourite of the year.",
	"Good design, plainly made.",
}

var measures = []string{"Small", "Medium", "Large", "12 × 9 cm", "18 × 18 cm", "24 × 16 cm", "30 × 20 cm", "45 × 30 cm", "0.25 l", "0.5 l", "1 l", "Set of two", "Set of four", "Set of six"}

var pantryMeasures = []string{"100 g", "250 g", "500 g", "1 kg", "0.25 l", "0.5 l", "Set of three"}

var reviewers = []string{"Ingrid S.", "Tomás R.", "Amélie D.", "Jonas K.", "Priya N.", "Marek W.", "Sofia L.", "Hiro T.", "Eleni P.", "Callum B.", "Fatima Z.", "Oskar H.", "Lucía M.", "Noah F.", "Zuzana V.", "Beatrix O."}

// opinions stand by their rating, from one star to five.
var opinions = [5][]string{
	{"It arrived with a crack. The refund was quick, but still.", "Much smaller than I thought. Sent back."},
	{"Nice to look at, less nice to use.", "The colour has little to do with the picture."},
	{"Does what it should. I had hoped for a little more at this price.", "Good, though the lid sits loosely.", "Fine, but it took two weeks to get here."},
	{"Lovely piece. One star off for the slow delivery.", "Better than expected, and well packed.", "Bought one for us, then a second for my sister.", "A little heavy, otherwise just right."},
	{"Used every single day since it came. Could not be happier.", "Beautiful. You can tell that somebody cared.", "My third from this collection, and not the last.", "Exactly as described, and it feels wonderful in the hand.", "The best thing I bought this year."},
}

// guideTexts are the articles; category is the kind they advise on.
var guideTexts = []struct{ slug, title, summary, category, body string }{
	{"wool-care", "How to wash wool, and when not to", "Air it, brush it, and wash it less than you think.", "blankets",
		"Wool cleans itself better than any machine does. Hang a blanket outside on a damp, windy day, and most smells are gone by the evening.\n\nWhen it must be washed, use lukewarm water and a soap without enzymes, press instead of wringing, and dry it flat on a towel, away from the radiator.\n\nMoths dislike light, movement and cedar. A blanket in use is the safest blanket there is."},
	{"seasoning-iron", "Seasoning cast iron", "Three thin coats beat one thick one.", "cookware",
		"Seasoning is nothing but oil that has turned into a hard film. It wants heat, time and very thin coats.\n\nWarm the pan, rub it with a few drops of linseed or rapeseed oil, and then wipe it as if you had made a mistake and wanted all of it off again. One hour at 230 degrees, upside down; let it cool in the oven. Three times.\n\nAfterwards cook something fatty first, tomatoes last, and never leave it to soak."},
	{"brewing-tea", "A better cup of tea", "Water, weight, time: in that order.", "tea",
		"Fresh water, taken off the boil for green leaves and on the boil for black ones, does more than any gadget.\n\nWeigh the leaves once, so that you know what two grams look like in your own spoon. Then forget the scales.\n\nPour off all of the water at the end of the time. Leaves that stand in water go on brewing, whatever the pot is made of."},
	{"sharpening", "Keeping a knife sharp", "Five minutes every other Sunday.", "knives",
		"A sharp knife is the safe one: it goes where you point it. What ruins edges is glass, stone, bones and the dishwasher.\n\nA water stone of grit 1000 is enough for a kitchen. Hold the angle (two coins under the spine are a good guide), take ten strokes a side, and finish with five light ones.\n\nTest it on a ripe tomato. If the skin gives way without pressure, stop."},
	{"first-garden", "A first garden in four pots", "Herbs, salad, beans and one tomato.", "planters",
		"Four pots of thirty centimetres are a garden. Put them where the sun stays for six hours, and within reach of the kettle's tap.\n\nSow salad every other week, beans once in May, herbs whenever they look tired. The tomato needs a stick, and water at its feet rather than on its leaves.\n\nIn October empty the pots, brush them out and store them upside down."},
	{"oiling-boards", "Oiling a wooden board", "What to use, how often, and what to leave alone.", "cutting-boards",
		"Wood that is dry drinks water, and wood that drinks water splits. A board is oiled well when a drop stays standing on it.\n\nUse an oil that hardens, linseed or walnut, not olive oil, which never dries. Warm it, rub it in with the grain, wait twenty minutes and wipe off the rest.\n\nTwice a year is plenty. A cut board is no damage; sand it once it bothers you."},
}
