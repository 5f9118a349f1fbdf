package main

// A kind is one of the 40 sorts of goods, from which categories and their
// products are made.
type kind struct {
	slug, name, department string
	hue                    int
	low, high              int // price range in whole euros
	materials, nouns       []string
	blurb                  string
}

var kinds = []kind{
	{"mugs", "Mugs", "Kitchen", 18, 9, 38, []string{"Stoneware", "Porcelain", "Enamel", "Terracotta", "Speckled"}, []string{"Mug", "Breakfast Mug", "Espresso Cup", "Camp Mug", "Latte Bowl"}, "Cups with a handle that fits your hand, thrown and glazed in small workshops."},
	{"teapots", "Teapots", "Kitchen", 165, 28, 140, []string{"Stoneware", "Cast Iron", "Glass", "Porcelain", "Enamel"}, []string{"Teapot", "Side-Handle Pot", "Two-Cup Teapot", "Brewing Pot"}, "Pots that pour without a drip and keep the second cup warm."},
	{"cookware", "Cookware", "Kitchen", 8, 35, 260, []string{"Cast Iron", "Copper", "Carbon Steel", "Enamelled", "Steel"}, []string{"Frying Pan", "Saucepan", "Casserole", "Stock Pot", "Roasting Dish"}, "Pans and pots to be handed down rather than replaced."},
	{"knives", "Knives", "Kitchen", 210, 24, 320, []string{"Carbon Steel", "Damascus", "Stainless", "Olive-Handled", "Oak-Handled"}, []string{"Chef's Knife", "Paring Knife", "Bread Knife", "Vegetable Knife", "Filleting Knife"}, "Thin, hard, honest edges, and everything to keep them so."},
	{"cutting-boards", "Cutting Boards", "Kitchen", 32, 22, 150, []string{"Walnut", "Ash", "Beech", "Cherry", "Olive Wood"}, []string{"Serving Board", "Chopping Block", "Bread Board", "Carving Board"}, "Solid boards from single planks, oiled twice before they leave the bench."},

	{"plates", "Plates", "Table", 200, 8, 64, []string{"Stoneware", "Porcelain", "Enamel", "Reactive Glaze", "Earthenware"}, []string{"Dinner Plate", "Side Plate", "Soup Plate", "Serving Platter", "Cake Stand"}, "Everyday plates that stack, survive the dishwasher and still look handmade."},
	{"glassware", "Glassware", "Table", 188, 6, 72, []string{"Recycled", "Crystal", "Ribbed", "Smoked", "Hand-Blown"}, []string{"Tumbler", "Wine Glass", "Carafe", "Coupe", "Highball Glass"}, "Glass blown from old bottles, each with its own small bubble."},
	{"cutlery", "Cutlery", "Table", 220, 12, 180, []string{"Brushed Steel", "Brass", "Silver-Plated", "Black Steel", "Beech-Handled"}, []string{"Cutlery Set", "Teaspoons", "Cake Forks", "Serving Spoons", "Butter Knife"}, "Well balanced forks, knives and spoons, sold by the set."},
	{"table-linen", "Table Linen", "Table", 42, 9, 120, []string{"Linen", "Cotton", "Half-Linen", "Stonewashed", "Jacquard"}, []string{"Tablecloth", "Napkins", "Tea Towel", "Table Runner", "Apron"}, "Flax and cotton that get softer with each wash."},
	{"bowls", "Bowls", "Table", 28, 11, 110, []string{"Stoneware", "Walnut", "Porcelain", "Acacia", "Copper"}, []string{"Salad Bowl", "Noodle Bowl", "Mixing Bowl", "Fruit Bowl", "Dip Bowl"}, "From the smallest dip to a salad for twelve."},

	{"coffee", "Coffee", "Pantry", 22, 8, 34, []string{"Washed", "Natural", "Honey Process", "Dark Roast", "Decaf"}, []string{"Espresso", "Filter Coffee", "House Blend", "Single Origin", "Moka Blend"}, "Roasted on Tuesdays, on the road by Wednesday."},
	{"tea", "Tea", "Pantry", 95, 6, 48, []string{"First Flush", "Smoked", "Jasmine", "Roasted", "Organic"}, []string{"Green Tea", "Black Tea", "Oolong", "Herbal Tea", "White Tea"}, "Whole leaves from gardens whose growers we know by name."},
	{"honey-jam", "Honey & Jam", "Pantry", 40, 5, 26, []string{"Heather", "Linden", "Apricot", "Blackcurrant", "Quince"}, []string{"Honey", "Preserve", "Jelly", "Fruit Spread", "Creamed Honey"}, "Summer, in jars: fruit, sugar, and little else."},
	{"spices", "Spices", "Pantry", 12, 4, 30, []string{"Smoked", "Wild", "Toasted", "Whole", "Ground"}, []string{"Paprika", "Black Pepper", "Cumin", "Coriander Seed", "Curry Blend"}, "Ground the week you order, in tins that keep out the light."},
	{"olive-oil", "Olive Oil", "Pantry", 72, 12, 58, []string{"Early Harvest", "Unfiltered", "Mild", "Lemon-Pressed", "Organic"}, []string{"Olive Oil", "Tasting Set", "Cooking Oil", "Finishing Oil"}, "Pressed within six hours of picking, dated by harvest."},

	{"lamps", "Lamps", "Living", 46, 39, 340, []string{"Brass", "Rice Paper", "Linen", "Opal Glass", "Ash"}, []string{"Table Lamp", "Floor Lamp", "Pendant", "Reading Lamp", "Bedside Lamp"}, "Warm light at the right height."},
	{"cushions", "Cushions", "Living", 340, 19, 95, []string{"Linen", "Wool", "Velvet", "Bouclé", "Corduroy"}, []string{"Cushion", "Bolster", "Floor Cushion", "Seat Pad"}, "Feather-filled, with covers that come off for washing."},
	{"rugs", "Rugs", "Living", 355, 59, 620, []string{"Wool", "Jute", "Flatwoven", "Sheepskin", "Cotton"}, []string{"Rug", "Runner", "Hearth Rug", "Kilim", "Doormat"}, "Knotted and woven by hand, vacuumed without fear."},
	{"vases", "Vases", "Living", 175, 14, 160, []string{"Stoneware", "Recycled Glass", "Terracotta", "Porcelain", "Brass"}, []string{"Vase", "Bud Vase", "Bottle Vase", "Amphora", "Jug"}, "For one branch or for the whole garden."},
	{"candles", "Candles", "Living", 36, 6, 54, []string{"Beeswax", "Rapeseed", "Cedar", "Unscented", "Dipped"}, []string{"Taper Candles", "Pillar Candle", "Candle Tin", "Tealights"}, "Slow wax, cotton wicks, no perfume you cannot pronounce."},

	{"blankets", "Blankets", "Bed & Bath", 260, 45, 280, []string{"Lambswool", "Mohair", "Cotton", "Merino", "Recycled Wool"}, []string{"Blanket", "Throw", "Plaid", "Baby Blanket", "Bedspread"}, "Woven in mills that still mend their own looms."},
	{"bed-linen", "Bed Linen", "Bed & Bath", 215, 25, 240, []string{"Linen", "Percale", "Satin", "Flannel", "Organic Cotton"}, []string{"Duvet Cover", "Pillowcases", "Fitted Sheet", "Flat Sheet"}, "Cool in July, warm in January."},
	{"towels", "Towels", "Bed & Bath", 190, 9, 75, []string{"Waffle", "Terry", "Linen", "Striped", "Organic Cotton"}, []string{"Bath Towel", "Hand Towel", "Guest Towels", "Bath Mat", "Hammam Towel"}, "Thirsty, quick to dry, and heavy where it counts."},
	{"soap", "Soap", "Bed & Bath", 310, 4, 28, []string{"Olive", "Lavender", "Oat", "Pine Tar", "Rosemary"}, []string{"Hand Soap", "Shampoo Bar", "Shaving Soap", "Soap Bar", "Laundry Soap"}, "Cold-stirred and cured for six weeks."},
	{"baskets", "Baskets", "Bed & Bath", 34, 18, 130, []string{"Willow", "Seagrass", "Rattan", "Palm", "Felt"}, []string{"Laundry Basket", "Market Basket", "Storage Basket", "Log Basket", "Bread Basket"}, "Somewhere for everything that has no place."},

	{"planters", "Planters", "Garden", 14, 9, 150, []string{"Terracotta", "Glazed", "Zinc", "Concrete", "Oak"}, []string{"Planter", "Window Box", "Hanging Pot", "Herb Pot", "Tub"}, "Frost-proof pots with a hole where it belongs."},
	{"seeds", "Seeds", "Garden", 120, 3, 19, []string{"Heirloom", "Organic", "Wild", "Early", "Climbing"}, []string{"Tomato Seeds", "Flower Meadow", "Bean Seeds", "Herb Seeds", "Pumpkin Seeds"}, "Open-pollinated varieties, tested for germination each spring."},
	{"garden-tools", "Garden Tools", "Garden", 140, 12, 120, []string{"Ash", "Forged", "Stainless", "Copper", "Bronze"}, []string{"Hand Trowel", "Spade", "Secateurs", "Rake", "Weeding Fork"}, "Forged heads, ash handles, and spare parts for both."},
	{"watering-cans", "Watering Cans", "Garden", 205, 16, 98, []string{"Galvanised", "Copper", "Enamel", "Brass", "Zinc"}, []string{"Watering Can", "Long-Spout Can", "Plant Mister", "Indoor Can"}, "Balanced when full, with a rose as fine as rain."},
	{"bird-houses", "Bird Houses", "Garden", 28, 15, 89, []string{"Larch", "Cedar", "Slate-Roofed", "Oak", "Woodcrete"}, []string{"Nest Box", "Feeder", "Robin House", "Swift Box", "Bee Hotel"}, "Built to the measures that birds ask for."},

	{"notebooks", "Notebooks", "Desk & Workshop", 345, 6, 46, []string{"Cloth-Bound", "Leather", "Recycled", "Thread-Sewn", "Marbled"}, []string{"Notebook", "Sketchbook", "Pocket Diary", "Ledger", "Guest Book"}, "They lie flat, and the ink stays on its side."},
	{"pens", "Pens", "Desk & Workshop", 230, 5, 190, []string{"Brass", "Cedar", "Aluminium", "Ebonite", "Lacquered"}, []string{"Fountain Pen", "Mechanical Pencil", "Rollerball", "Drawing Pencils", "Brush Pen"}, "Refillable, repairable, and good company."},
	{"hand-tools", "Hand Tools", "Desk & Workshop", 16, 9, 210, []string{"Forged", "Beech", "Hornbeam", "Japanese", "Tempered"}, []string{"Hammer", "Pull Saw", "Block Plane", "Chisel Set", "Marking Gauge"}, "For people who mend things, and for those who would like to."},
	{"clocks", "Clocks", "Desk & Workshop", 50, 29, 220, []string{"Walnut", "Brass", "Enamel", "Oak", "Slate"}, []string{"Wall Clock", "Mantel Clock", "Alarm Clock", "Kitchen Timer"}, "Quiet movements, legible faces."},
	{"boxes", "Storage Boxes", "Desk & Workshop", 25, 8, 110, []string{"Birch", "Tin", "Cardboard", "Oak", "Felt"}, []string{"Storage Box", "Tool Box", "Sewing Box", "Archive Box", "Recipe Box"}, "Lids that close, corners that hold."},

	{"backpacks", "Backpacks", "Outdoors", 155, 48, 260, []string{"Waxed Canvas", "Recycled Nylon", "Leather", "Cotton Duck", "Wool Felt"}, []string{"Backpack", "Day Pack", "Rucksack", "Roll-Top Bag", "Satchel"}, "Carry more, notice it less."},
	{"lanterns", "Lanterns", "Outdoors", 44, 19, 140, []string{"Galvanised", "Brass", "Steel", "Storm-Proof", "Solar"}, []string{"Lantern", "Storm Lamp", "Camp Light", "Candle Lantern"}, "For the path, the porch and the power cut."},
	{"bottles", "Bottles", "Outdoors", 180, 12, 62, []string{"Insulated", "Steel", "Glass", "Cork-Stoppered", "Enamel"}, []string{"Water Bottle", "Flask", "Hip Flask", "Growler", "Travel Cup"}, "Hot for twelve hours, cold for a day."},
	{"hats", "Hats", "Outdoors", 20, 15, 120, []string{"Wool", "Straw", "Felt", "Waxed", "Linen"}, []string{"Beanie", "Sun Hat", "Flat Cap", "Bucket Hat", "Rain Hat"}, "Blocked, knitted and plaited for every sort of sky."},
	{"umbrellas", "Umbrellas", "Outdoors", 225, 22, 150, []string{"Chestnut", "Maple", "Storm-Proof", "Bamboo", "Recycled"}, []string{"Umbrella", "Walking Umbrella", "Folding Umbrella", "Parasol"}, "Eight ribs, one handle, no excuses."},
}

// families are the collections that products belong to, the first word of their names.
var families = []string{
	"Hallen", "Orrin", "Marlow", "Tarn", "Fenwick", "Skerry", "Linden", "Aldous", "Wren", "Petra", "Soay", "Calder", "Ives", "Nansen", "Brora", "Ridley",
	"Tolva", "Ember", "Foss", "Halden", "Iris", "Juno", "Kestrel", "Lorne", "Mira", "Noor", "Oslo", "Pomona", "Quill", "Rowan", "Sorrel", "Thule",
	"Ulla", "Vesper", "Wick", "Yarrow", "Zennor", "Arbour", "Birk", "Cove", "Dunes", "Elm", "Fjord", "Glen", "Heath", "Islay", "Jura", "Kiln",
	"Larch", "Moor", "Nettle", "Orchard", "Pike", "Reed", "Sedge", "Tansy", "Umber", "Vale", "Willow", "Alder", "Burr", "Clove", "Dell", "Eider",
}

var origins = []string{"Portugal", "Denmark", "Wales", "Japan", "Slovenia", "Scotland", "Italy", "Estonia", "Germany", "Greece", "Norway", "Morocco"}

// A special is a product whose URL is hard to get right. It takes the place of
// the first product of its category.
type special struct{ kind, name, slug string }

var specials = []special{
	{"mugs", "Tazza Caffè", "tazza-caffè"},
	{"teapots", "鉄瓶 Tetsubin", "鉄瓶-tetsubin"},
	{"cookware", "Crème Brûlée Pan", "crème-brûlée-pan"},
	{"cutting-boards", "Käse & Brot Board", "käse-&-brot-board"},
	{"table-linen", "Two Tea Towels", "two tea towels"},
	{"olive-oil", "Ελιά Early Harvest", "ελιά-early-harvest"},
	{"blankets", "Žíněnka Plaid", "žíněnka-plaid"},
	{"pens", "Writer's Fountain Pen", "writer's-fountain-pen"},
}
