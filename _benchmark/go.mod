module icecap/_benchmark

go 1.26.0

require github.com/gocolly/colly/v2 v2.3.0

require icecap v0.0.0

replace icecap => ../
