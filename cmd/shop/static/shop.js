// How many are left changes with every cart, so a product page, which may be
// frozen, asks for it here.
const stock = document.querySelector(".stock");
if (stock) {
  fetch("/stock/" + stock.dataset.product)
    .then(response => response.ok ? response.json() : Promise.reject(response.status))
    .then(({ stock: left }) => { stock.textContent = left > 0 ? `${left} in stock` : "Sold out"; })
    .catch(() => { stock.textContent = "Stock unknown just now"; });
}

// A slash puts the cursor into the search field.
addEventListener("keydown", event => {
  if (event.key !== "/" || event.target.closest("input, textarea")) return;
  event.preventDefault();
  document.querySelector(".find input").focus();
});
