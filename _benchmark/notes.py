"""Notes on PostgreSQL: the app whose server is tuned. A page is one query and a
template, as a small Flask app does them; DSN says where the database is."""
import os
import threading

import psycopg2
from flask import Flask, render_template_string

local = threading.local()
app = Flask(__name__)

PAGE = """<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes</title></head><body><ul>
{% for row in rows %}<li id="n{{ row[0] }}">{{ row[1] }}: {{ row[2] }}</li>{% endfor %}</ul></body></html>"""


@app.route("/")
def home():
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["DSN"])
        local.connection.autocommit = True
    with local.connection.cursor() as cursor:
        cursor.execute("select id, title, body from note order by id limit 20")
        return render_template_string(PAGE, rows=cursor.fetchall())
