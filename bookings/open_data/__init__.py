"""Showtimes as data. Each is described once (`showtimes`), and of that pages, search engines (`json_ld`), feeds and
calendars (`calendars`) are told, so that none of them can say something else. docs/feeds.md is for those who read it.
"""
