#!/usr/bin/env python3
"""Writes dev.tsv and test.tsv: fifty incidents each, to be planted into real chat.

A row: incident, concern, at_ms, person, text. `person` counts within the incident; `raid` rows are
accounts that have never spoken before. The two files share one sentence. Concerns are recognised by
word patterns (commerce/sentiment/concern.cc), which were there before both files; they may be
improved by what dev.tsv shows, test.tsv is only measured.
"""

import pathlib
import random

DEV = {
    "technical": [
        ["no sound for me", "sound??", "i lost the audio", "can anyone hear her",
         "audio is dead", "i hear nothing", "is the mic on", "sound just cut out",
         "we cant hear you", "no audio here", "hello? no sound", "volume is gone"],
        ["picture is frozen", "my screen went black", "stream keeps freezing",
         "is it lagging for you too", "so blurry", "video stopped", "it froze again",
         "i only see a black screen", "very pixelated today", "buffering all the time",
         "camera is out of focus", "cant see anything"],
    ],
    "presentation": [
        ["you are going too fast", "slow down please", "this is boring", "next product please",
         "we have seen that one", "get to the point", "too much talking", "can we move on",
         "so slow today", "skip this one", "talk less show more", "yawn"],
        ["show us the back", "closer please", "can you turn it around", "hold it still",
         "i want to see the inside", "zoom in", "show it next to something", "hold it up higher",
         "come closer to the camera", "show it again please", "other side please",
         "let us see the label"],
    ],
    "dislike": [
        ["i dont like it", "ugly", "looks cheap", "not my taste", "thats hideous",
         "poor quality", "disappointing", "no thanks", "meh not for me", "looks so tacky",
         "i hate that colour", "who would buy this"],
        ["too expensive", "way too much money", "overpriced", "cheaper on amazon", "rip off",
         "not worth it", "waste of money", "20 pounds for that??", "that price is crazy",
         "i can get it cheaper", "too pricey", "no way i pay that"],
    ],
    "feature": [
        ["how big is it?", "what size is that?", "what are the dimensions?", "how tall is it?",
         "does it come in large?", "is it big enough for a cake?", "whats the size please?",
         "which sizes do you have?", "how wide is it?", "size?? anyone?", "how many cm is that?",
         "is there a smaller size?"],
        ["do you ship to ireland?", "how long is delivery?", "when will it arrive?",
         "how much is shipping?", "do you deliver on saturday?", "is delivery free?",
         "what about postage?", "can you ship abroad?", "does it ship today?",
         "delivery to spain?", "is shipping included?", "how fast do you deliver?"],
    ],
    "stop": [
        ["there is smoke behind you", "something is on fire", "FIRE",
         "the candle behind you is on fire", "stop the stream and look behind you",
         "omg call an ambulance", "she fell", "he is hurt", "is she bleeding",
         "somebody help her", "look out behind you fire", "please stop there is smoke"],
        ["we can see your screen", "your address is visible", "your password is on the screen",
         "your screen is showing your mails", "everyone can see your address",
         "stop the stream now", "bank details on screen!!", "your phone number is showing",
         "end the stream", "hide your screen", "turn the stream off", "private data on screen"],
        ["this is a scam", "scam", "these are fake", "its fake", "fraud!", "report this scam",
         "counterfeit bags", "scammer alert", "dont buy its a scam", "they are fake",
         "this is fraud", "she is a scammer"],
    ],
}  # fmt: skip

TEST = {
    "technical": [
        ["the sound is gone", "anyone else without sound", "cannot hear a thing",
         "your mic is muted", "no audio since a minute", "i can't hear", "lost sound",
         "audio cut out", "youre on mute", "turn the sound on", "there is no sound",
         "mic is off i think", "why is it so quiet", "mute??"],
        ["everything is black", "the video froze", "lagging like crazy", "black screen here",
         "picture is so blurry", "its frozen for me", "stream is broken", "image is stuck",
         "keeps buffering", "too dark i see nothing", "i cant see it", "no picture",
         "it stutters a lot", "camera off?"],
    ],
    "presentation": [
        ["too fast for me", "please slow down a bit", "boring", "next one please",
         "this takes forever", "you showed this already", "move on please", "so boring today",
         "stop talking show things", "slower please", "can you hurry up", "im falling asleep"],
        ["can you show the back", "hold it closer", "show it from the side",
         "can we see the inside", "zoom in please", "turn it please",
         "closer to the camera please", "show us again", "let us see it properly",
         "i would like to see the bottom", "hold it up please", "come closer"],
    ],
    "dislike": [
        ["not my style", "i do not like this", "so ugly", "that looks bad",
         "bad quality i had one", "horrible colour", "this is awful",
         "really disappointed with it", "hate it", "looks like plastic trash", "not for me",
         "low quality"],
        ["overpriced for what it is", "too expensive for me", "cheaper elsewhere",
         "what a rip off", "thats too much", "not worth the money", "a waste of money",
         "you can find it cheaper on ebay", "ripoff", "who pays that much",
         "that is way too much", "expensive..."],
    ],
    "feature": [
        ["what is it made of?", "is this real wood?", "is that plastic or metal?",
         "which material is it?", "is it cotton?", "made of glass?", "what wood is that?",
         "is the fabric thick?", "material please?", "is it metal inside?",
         "is it made in wood or plastic?", "what fabric is it?"],
        ["do you have it in blue?", "which colours are there?", "is there a red one?",
         "does it come in pink?", "any other colours?", "is that green or blue?",
         "what colour is it really?", "can i get it in black?", "white available?",
         "colours??  which?", "in what colors?", "do you have green?"],
        ["can i send it back?", "how do returns work?", "is there a refund?",
         "can i exchange it?", "what is the return policy?", "returns free?",
         "do i get a refund if it breaks?", "can we return it after christmas?",
         "exchange possible?", "how long can i return it?"],
    ],
    "stop": [
        ["behind you its on fire!!", "there is a fire behind you",
         "smoke coming out of the oven", "stop the show someone is hurt",
         "he fell off the chair", "call an ambulance please", "call the police", "she is hurt",
         "its burning behind you", "help her someone help", "is that smoke behind her",
         "stop streaming and help"],
        ["we can all see your password", "your address on the parcel is readable",
         "your card number is visible", "stop the stream we see your mails",
         "your screen is showing private things", "everyone can see your bank details",
         "hot mic!!", "your mic is still on", "end the show now",
         "bank details are on the table", "please stop streaming your screen",
         "end the stream quick"],
        ["scammers", "this seller is a scammer", "total scam", "fake fake fake",
         "this is fake leather sold as real", "its fake i bought one", "counterfeit",
         "that is fraud", "stolen goods", "scam dont pay", "they are fake", "fraud report her"],
    ],
}  # fmt: skip

HOURS_MS = 36_000_000  # of the chat they are planted into
RAID = ["scam", "this is a scam", "fraud", "its fake", "stop the stream", "end the stream"]


def write(path, phrases, seed):
    dice = random.Random(seed)
    kinds = [(c, i) for c in phrases for i in range(10)]
    dice.shuffle(kinds)
    rows = []
    for number, (concern, which) in enumerate(kinds):
        start = HOURS_MS * (number + 1) // 52 + dice.randrange(120_000)
        texts = phrases[concern][which % len(phrases[concern])]
        people = dice.randint(8, 16)
        spread = dice.randint(15_000, 45_000)
        said = [dice.choice(texts) for _ in range(people)]
        for person, at in enumerate(sorted(dice.randrange(spread) for _ in range(people))):
            rows.append((number, concern, start + at, person, said[person]))
    for raid in range(5):
        start = HOURS_MS * (2 * raid + 1) // 11
        for person in range(30):
            at = start + dice.randrange(25_000)
            rows.append((100 + raid, "raid", at, person, dice.choice(RAID)))
    rows.sort(key=lambda row: (row[2], row[0], row[3]))
    lines = ["\t".join(map(str, row)) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")


def main():
    folder = pathlib.Path(__file__).parent
    write(folder / "dev.tsv", DEV, 1)
    write(folder / "test.tsv", TEST, 2)


if __name__ == "__main__":
    main()
