#!/usr/bin/env python3
"""Makes the extracts in data/ from the public data sets they are cut from.

Not part of the build: the extracts are shipped. Run it to see how they came about, or to cut
them anew:

    tools/make_data.py --data DIR [--out data]

DIR holds the sources in one folder each (data/README.md tells where they come from):
    online_retail/*.csv.gz         reviews_bing_liu/*.zip
    moderation_wordlists/*.txt    video_clips/one-by-one-person-detection.mp4

The same input gives the same shop and chat files byte for byte. The video depends on the version
of ffmpeg.
"""

import argparse
import collections
import csv
import datetime
import glob
import gzip
import io
import json
import pathlib
import re
import statistics
import subprocess
import zipfile

PRODUCTS = 120
PER_CATEGORY_MAX = 16
BASKETS = 2000
SENTENCES = 3000
CLIP_START_S, CLIP_SECONDS, SEGMENT_SECONDS = 66, 24, 2

# The category is the first whose words occur in the title, in this order.
CATEGORIES = [
    (
        "Toys & Games",
        "CARD GAME|SNAP CARDS|HARMONICA|DOMINOES|PLAYHOUSE|GLIDERS|NESTING|"
        "KNITTING NANCY|ROUNDERS|FELTCRAFT|TOY TIDY|FELT CRAFT",
    ),
    ("Lighting & Candles", "T-LIGHT|CANDLE|LIGHTS|NIGHT LIGHT|LANTERN"),
    (
        "Party",
        "BUNTING|PAPER CHAIN|PARTY|PARASOL|BIRTHDAY|PAPER PLATES|PAPER CUPS|"
        "COCKTAIL|NAPKINS|DOILIES|TISSUES|RIBBONS",
    ),
    ("Lunch & Picnic", "LUNCH|PICNIC|SNACK BOX|POPCORN|CUTLERY"),
    ("Bags", r"\bBAG\b|SHOPPER"),
    (
        "Baking",
        "CAKE CASES|COOKIE|BAKING|CAKE TINS|CAKESTAND|CAKE STAND|JELLY MOULD|"
        "JAM MAKING|MEASURING",
    ),
    (
        "Kitchen & Table",
        "TEACUP|TEA SET|BOWL|JUG|KITCHEN|RECIPE|SPICE|TEA TOWEL|OVEN GLOVE|"
        "BREAD BIN|MUG|CUP|APRON|BISCUIT|COFFEE",
    ),
    ("Signs & Frames", r"\bSIGN\b|FRAME|CHALKBOARD|BLACK BOARD|MEMO BOARD|PLAQUE"),
    (
        "Home",
        "DOORMAT|CLOCK|HOOK|COAT RACK|CABINET|DRAWER|HOT WATER BOTTLE|"
        "STORAGE|CUSHION|BUILDING BLOCK|PEGS|CHEST|SEWING|KNEELING",
    ),
    ("Gifts & Decoration", "."),
]
SMALL_WORDS = {"of", "in", "with", "and", "the", "a", "to", "or", "for"}
# The reviews are about cameras, phones, printers …; our viewers talk about gifts.
GADGETS = re.compile(
    r"camera|phone|print|\bink|batter|charg|pixel|zoom|lcd|usb|dvd|\bcd|mp3|player|photo|pictur|"
    r"image|flash|memory|disk|disc|card|screen|software|driver|download|comput|\bpc\b|mac|router|"
    r"signal|recept|call|ring|antenna|service|stroller|wheel|baby|infant|seat|recline|canopy|lens|"
    r"viewfinder|focus|shutter|resolution|video|movie|scan|fax|copy|copier|cartridge|toner|paper|"
    r"menu|button|key|text|internet|web|email|plan|minutes|verizon|sprint|cingular|nokia|canon|"
    r"jam|sony|newborn|newly|rugged|linux|upload|pics|transfer|graphic|program|"
    r"network|kodak|nikon|olympus|hp\b|epson|lexmark|samsung|motorola|apple|ipod|"
    r"creative|zen\b|nomad|apex|"
    r"firmware|window|install|manual|mode|feature|iso\b|remote|tv\b|cable|adapter|megs?\b|mb\b|"
    r"palm|pda|fold|file|song|music|sound|speaker|headphone|volume|speed|slow|upgrade|tech|"
    r"customer|warranty|support|startup|shots?\b|macro|auto|optic|digital|optional|options|"
    r"portab|power|quick|fast|turn|vibrat|voice|display|backlight|game|gps|map|unit|device",
    re.IGNORECASE,
)
KEEP_UPPER = {"LED", "UK"}


def is_product(code):
    """Five digits and at most two letters; POST, DOT, M, BANK CHARGES … are not goods."""
    return re.fullmatch(r"\d{5}[A-Z]{0,2}", code) is not None


def is_title(text):
    """Clerks wrote remarks into the description ("?", "damaged"): those are not in capitals."""
    capitals = text == text.upper() and re.search(r"[A-Z]{3}", text) is not None
    return capitals and len(text) >= 6 and "?" not in text


def title_case(text):
    words = []
    for word in " ".join(text.split()).rstrip(".").split(" "):
        low = word.lower()
        if words and low in SMALL_WORDS:
            words.append(low)
        elif word in KEEP_UPPER:
            words.append(word)
        else:
            words.append(re.sub(r"(^|[-/(+&,])([a-z])", lambda m: m[1] + m[2].upper(), low))
    return " ".join(words)


def read_sales(folder):
    """Real sales: no cancellation, no return, a price, a product."""
    path = sorted(glob.glob(str(folder / "*.csv.gz")))[0]
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity, price = int(row["Quantity"]), round(float(row["UnitPrice"]) * 100)
            code = row["StockCode"].upper()
            cancelled = row["InvoiceNo"].startswith("C")
            if cancelled or quantity <= 0 or price <= 0 or not is_product(code):
                continue
            when = datetime.datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S")
            yield row["InvoiceNo"], code, row["Description"].strip(), quantity, when, price


def category_of(title):
    return next(name for name, words in CATEGORIES if re.search(words, title))


def most_frequent(values):
    counted = collections.Counter(values)
    return max(counted, key=lambda value: (counted[value], value))


def make_catalogue(sales):
    of_sku = collections.defaultdict(list)
    for sale in sales:
        of_sku[sale[1]].append(sale)
    last_day = max(sale[4] for sale in sales).date()
    catalogue, per_category = [], collections.Counter()
    for sku in sorted(of_sku, key=lambda s: (-len({sale[0] for sale in of_sku[s]}), s)):
        mine = of_sku[sku]
        titles = [sale[2] for sale in mine if is_title(sale[2])]
        recent = [sale for sale in mine if (last_day - sale[4].date()).days < 90]
        if not titles or len(recent) < 20:
            continue
        title = most_frequent(titles)
        category = category_of(title)
        if per_category[category] == PER_CATEGORY_MAX:
            continue
        per_category[category] += 1
        units = collections.Counter()
        for sale in mine:
            units[sale[4].date()] += sale[3]
        baskets = len({sale[0] for sale in mine})
        first = min(sale[4] for sale in mine)
        catalogue.append(
            {
                "sku": sku,
                "title": title_case(title),
                "description": f"In {baskets} real baskets between {first:%B %Y} "
                f"and {last_day:%B %Y}.",
                "category": category,
                "price_pence": most_frequent(sale[5] for sale in recent),
                "stock": max(20, round(statistics.median(units.values()) * 20)),
                "image": f"/tiles/{sku}.svg",
            }
        )
        if len(catalogue) == PRODUCTS:
            break
    return catalogue


def write_shop(sales, out):
    catalogue = make_catalogue(sales)
    with open(out / "products.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, catalogue[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(catalogue)
    skus = {product["sku"] for product in catalogue}
    baskets = collections.defaultdict(dict)
    started = {}
    for invoice, sku, _, quantity, when, _ in sales:
        if sku in skus:
            baskets[invoice][sku] = baskets[invoice].get(sku, 0) + quantity
            started.setdefault(invoice, when)
    # The newest ones that a person could have typed: one to twelve different products.
    in_time = sorted(baskets, key=lambda invoice: (started[invoice], invoice))
    usable = [invoice for invoice in in_time if len(baskets[invoice]) <= 12]
    with open(out / "baskets.csv", "w", encoding="utf-8") as file:
        file.write("invoice,minute_of_day,lines\n")
        for invoice in usable[-BASKETS:]:
            lines = ";".join(f"{sku}*{quantity}" for sku, quantity in baskets[invoice].items())
            minute = started[invoice].hour * 60 + started[invoice].minute
            file.write(f"{invoice},{minute},{lines}\n")


def tidy_sentence(text):
    """Undoes the tokeniser's blanks ("it 's great !") and begins with a capital."""
    text = " ".join(text.split())
    text = re.sub(r" ([.,!?;:)%])", r"\1", text)
    text = re.sub(r"\( ", "(", text)
    text = re.sub(r" (n't|'(?:s|m|d|ve|re|ll|t))\b", r"\1", text)
    text = re.sub(r"\bi\b", "I", text)
    return text[:1].upper() + text[1:]


def read_sentences(folder):
    with zipfile.ZipFile(folder / "pros_cons.zip") as archive:
        for name in ("pros_cons/IntegratedPros.txt", "pros_cons/IntegratedCons.txt"):
            text = archive.read(name).decode("utf-8", "replace")
            yield from (m[1] for m in re.finditer(r"<(?:Pros|Cons)>(.*?)</", text))
    with zipfile.ZipFile(folder / "product_reviews_1.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".txt") and not name.endswith("README.txt"):
                for line in io.StringIO(archive.read(name).decode("utf-8", "replace")):
                    if "##" in line:
                        yield line.split("##", 1)[1]


def is_chat(text):
    """What a viewer could have typed about a gift: a short plain sentence that names no gadget."""
    plain = re.search(r"[^\x20-\x7e]|[<>{}\[\]|~^_\\=*#@&/]|\.\.\.|-{2,}|\d{3,}", text) is None
    wordy = re.search(r"[A-Za-z]{2,}( [\w'-]+)+", text) is not None
    return plain and wordy and 5 <= len(text) <= 140 and GADGETS.search(text) is None


def write_chat(folder, wordlist, out):
    rude_words = [word.strip() for word in wordlist.read_text(encoding="utf-8").splitlines()]
    rude_words += ["crap", "damn", "suck", "hell", "stupid", "idiot"]
    rude = re.compile("|".join(rf"\b{re.escape(w)}\w*" for w in rude_words if w), re.IGNORECASE)
    seen, good = set(), []
    for raw in read_sentences(folder):
        text = tidy_sentence(raw)
        key = re.sub(r"\W+", "", text.lower())
        if is_chat(text) and key not in seen and not rude.search(text):
            seen.add(key)
            good.append(text)
    step = len(good) / SENTENCES
    chosen = [good[int(i * step)] for i in range(SENTENCES)]
    # Neighbours in the source are about the same thing: a stride prime to the count spreads them.
    lines = "".join(chosen[i * 1237 % SENTENCES] + "\n" for i in range(SENTENCES))
    (out / "sentences.txt").write_text(lines, encoding="utf-8")


def write_moderation(folder, out):
    """All lists as one: "language<tab>word", each word once, under the first list that has it."""
    languages = sorted(p.stem for p in folder.glob("*.txt") if p.stem != "LICENSE")
    languages.sort(key=lambda language: language != "en")
    words = {}
    for language in languages:
        for line in (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines():
            if word := " ".join(line.split()):
                words.setdefault(word.lower(), language)
    lines = sorted(f"{language}\t{word}\n" for word, language in words.items())
    (out / "words.tsv").write_text("".join(lines), encoding="utf-8")


def write_video(clip, out):
    for old in out.glob("seg_*.ts"):
        old.unlink()
    run = ["ffmpeg", "-loglevel", "error", "-y", "-ss", str(CLIP_START_S), "-i", str(clip)]
    cut = ["-t", str(CLIP_SECONDS), "-an", "-map_metadata", "-1"]
    code = [
        "-c:v",
        "libx264",
        "-profile:v",
        "main",
        "-preset",
        "slow",
        "-crf",
        "25",
        "-pix_fmt",
        "yuv420p",
        "-r",
        "25",
        "-g",
        "50",
        "-keyint_min",
        "50",
        "-sc_threshold",
        "0",
        "-flags",
        "+cgop",
        "-threads",
        "1",
    ]
    files = ["-f", "segment", "-segment_time", str(SEGMENT_SECONDS), "-segment_format", "mpegts"]
    subprocess.run(run + cut + code + files + [str(out / "seg_%03d.ts")], check=True)
    still = ["-ss", "9", "-frames:v", "1", "-q:v", "4", str(out / "poster.jpg")]
    subprocess.run(run + still, check=True)
    names = [path.name for path in sorted(out.glob("seg_*.ts"))]
    segments = [{"file": name, "duration_ms": SEGMENT_SECONDS * 1000} for name in names]
    assert len(segments) == CLIP_SECONDS // SEGMENT_SECONDS, segments
    (out / "segments.json").write_text(json.dumps({"segments": segments}, indent=1) + "\n")
    playlist = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_SECONDS}"]
    for name in names:
        playlist += [f"#EXTINF:{SEGMENT_SECONDS:.3f},", name]
    (out / "clip.m3u8").write_text("\n".join(playlist + ["#EXT-X-ENDLIST", ""]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the sources")
    here = pathlib.Path(__file__).resolve().parent.parent / "data"
    parser.add_argument("--out", default=here, type=pathlib.Path)
    options = parser.parse_args()
    for part in ("shop", "chat", "moderation", "video"):
        (options.out / part).mkdir(parents=True, exist_ok=True)
    write_shop(list(read_sales(options.data / "online_retail")), options.out / "shop")
    wordlist = options.data / "moderation_wordlists" / "en.txt"
    write_chat(options.data / "reviews_bing_liu", wordlist, options.out / "chat")
    write_moderation(options.data / "moderation_wordlists", options.out / "moderation")
    clip = options.data / "video_clips" / "one-by-one-person-detection.mp4"
    write_video(clip, options.out / "video")


if __name__ == "__main__":
    main()
