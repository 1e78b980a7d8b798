"""Say it in words: results as sentences in English and Chinese, from templates, for three kinds of reader."""
