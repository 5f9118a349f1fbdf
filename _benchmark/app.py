"""A small catalogue on SQLite, the live app of the benchmark: some 5 ms of
queries and template for each page. PRODUCTS pages at /product/N, all linked
from / in lists of 100."""
import os
import sqlite3
import threading

from flask import Flask, abort, render_template_string

PRODUCTS = 1000
DATABASE = os.environ["CATALOGUE"]
local = threading.local()
app = Flask(__name__)


def database():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(DATABASE)
    return local.connection


def seed():
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("create table product (id integer primary key, name text, price integer, kind integer, words text)")
        connection.executemany(
            "insert into product values (?, ?, ?, ?, ?)",
            ((n, f"Product {n}", n * 37 % 9900, n % 40, f"words about product {n} " * 30) for n in range(1, PRODUCTS + 1)))


PAGE = """<!doctype html><html lang=en><head><meta charset=utf-8><title>{{ title }}</title></head><body>
<nav>{% for n in nav %}<a href="/list/{{ n }}">list {{ n }}</a> {% endfor %}</nav>
<h1>{{ title }}</h1><p>{{ words }}</p>
<ul>{% for row in rows %}<li><a href="/product/{{ row[0] }}">{{ row[1] }}</a> {{ "%.2f"|format(row[2] / 100) }}</li>{% endfor %}</ul>
</body></html>"""


def page(title, words, rows):
    return render_template_string(PAGE, title=title, words=words, rows=rows, nav=range(PRODUCTS // 100))


@app.route("/")
def home():
    return page("Catalogue", "", [])


@app.route("/list/<int:n>")
def listing(n):
    rows = database().execute("select id, name, price from product where id between ? and ?", (n * 100 + 1, n * 100 + 100)).fetchall()
    return page(f"List {n}", "", rows)


@app.route("/product/<int:n>")
def product(n):
    row = database().execute("select name, words, kind from product where id = ?", (n,)).fetchone() or abort(404)
    # A search without an index, as small shops have it: this is where the 5 ms go.
    for _ in range(int(os.environ.get("QUERIES", "3"))):
        rows = database().execute("select id, name, price from product where words like ? and kind = ? order by price limit 50", (f"%product {n % 10}%", row[2])).fetchall()
    return page(row[0], row[1], rows)


if __name__ == "__main__":
    seed()
