---
layout: null
permalink: /assets/js/made.js
---
var title = {{ site.title | jsonify }};
