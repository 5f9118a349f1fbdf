"""The app of the recipes: three pages, and a path that says that it is ready."""

PAGES = {
    "/": '<!doctype html><title>Shop</title><a href="/landing/winter">winter</a> <a href="/cart">cart</a>',
    "/landing/winter": "<!doctype html><title>Winter sale</title><p>Ice at half the price",
    "/cart": "<!doctype html><title>Cart</title><p>Your cart",
    "/healthz": "ok",
}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = PAGES.get(path, "no such page").encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    if path == "/cart":
        headers.append(("Cache-Control", "no-store"))
    start_response("200 OK" if path in PAGES else "404 Not Found", headers)
    return [body]
