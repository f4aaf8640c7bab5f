#!/usr/bin/env python3
"""The method of learn/sessions in plain Python: what the C++ must agree with.

    python3 eval/prototype/sessions.py [--data DIR] [--test FILE] [--parameters FILE]

Written for reading, on nothing but the standard library: a session is a list, the index is a
dictionary, nothing leaves, and every step of the method is one loop. It prints the figures of
`./dev eval sessions` under the same names: the share of the test's clicks that were among the 20
items recommended before, and the mean reciprocal rank, frozen and online.
"""
import argparse
import collections
import gzip
import math
import os

GAP = 30 * 60  # seconds without a click, after which a session is known to be over
LISTED = 20
REFERENCE = "reference_recommendations_vsknn.csv.gz"


def text_of(path):
    with open(path, "rb") as file:
        data = file.read()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def read_sessions(path):
    """[(id, [(seconds, item), ...])], in the order of their ends."""
    sessions = collections.defaultdict(list)
    for line in text_of(path).splitlines()[1:]:
        session, item, seconds = line.split("\t")
        sessions[int(session)].append((float(seconds), int(item)))
    for clicks in sessions.values():
        clicks.sort(key=lambda click: click[0])
    return sorted(sessions.items(), key=lambda each: (each[1][-1][0], each[0]))


def latest_distinct(items, count):
    """The latest `count` distinct items, newest first."""
    found = []
    for item in reversed(items):
        if item not in found and len(found) < count:
            found.append(item)
    return found


class SessionKnn:
    def __init__(self, parameters):
        self.p = parameters
        self.sessions = []  # each: its distinct items, by their latest click, oldest first
        self.having = collections.defaultdict(list)  # item -> numbers of its sessions

    def learn(self, items):
        if len(items) < 2:
            return
        distinct = latest_distinct(items, 30)[::-1]
        for item in distinct:
            self.having[item].append(len(self.sessions))
        self.sessions.append(distinct)

    def neighbours(self, visitor):
        """session -> (similarity, the newest shared item, its rank), the most similar ones."""
        similarity, shared = {}, {}
        for rank, item in enumerate(visitor):
            if item not in self.having:
                continue
            rarity = math.log((len(self.sessions) + 1) / len(self.having[item]))
            weight = rarity / (1 + self.p["step"] * rank)
            for session in reversed(self.having[item][-int(self.p["per_item"]):]):
                similarity[session] = similarity.get(session, 0) + weight
                shared.setdefault(session, (item, rank))
        nearest = sorted(similarity, key=lambda session: (-similarity[session], -session))
        nearest = nearest[:int(self.p["neighbours"])]
        return {each: (similarity[each], *shared[each]) for each in nearest}

    def recommend(self, items):
        visitor = latest_distinct(items, int(self.p["latest_items"]))
        scores = collections.defaultdict(float)
        for session, (similarity, item, rank) in self.neighbours(visitor).items():
            weight = similarity * math.exp(-self.p["match_decay"] * rank)
            match = self.sessions[session].index(item)
            for at, candidate in enumerate(self.sessions[session]):
                distance = max(abs(at - match), 1)
                scores[candidate] += weight * math.exp(-(distance - 1) / self.p["reach"])
        for item in scores:
            idf = math.log((len(self.sessions) + 1) / (len(self.having[item]) + 1))
            scores[item] *= 1 + self.p["idf_weight"] * idf
        scores[items[-1]] += self.p["stay"] * (sum(scores.values()) or 1)
        return sorted(scores, key=lambda item: (-scores[item], item))[:LISTED]


def ranks(parameters, history, test, online):
    """(session, rank of the next click in the list, or 0) for each click but a session's last."""
    knn = SessionKnn(parameters)
    for _, clicks in history:
        knn.learn([item for _, item in clicks])
    turns = []
    for number, (_, clicks) in enumerate(test):
        turns += [(seconds, number, at) for at, (seconds, _) in enumerate(clicks)]
        if online:
            turns.append((clicks[-1][0] + GAP, number, len(clicks)))
    found = []
    for _, number, at in sorted(turns):
        session, clicks = test[number]
        items = [item for _, item in clicks]
        if at == len(clicks):
            knn.learn(items)
        elif at + 1 < len(clicks):
            listed = knn.recommend(items[:at + 1])
            clicked = items[at + 1]
            found.append((session, listed.index(clicked) + 1 if clicked in listed else 0))
    return found


def tell(suffix, found):
    print(f"figure hr20{suffix} {sum(rank > 0 for _, rank in found) / len(found):.6g} -")
    reciprocal = sum(1 / rank for _, rank in found if rank > 0)
    print(f"figure mrr20{suffix} {reciprocal / len(found):.6g} -")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", default=os.environ.get("VITRINE_DATA"))
    arguments.add_argument("--test")
    arguments.add_argument("--parameters", default="eval/parameters/sessions.conf")
    given = arguments.parse_args()
    if not given.data:
        arguments.error("where are the data sets? say --data DIR or set VITRINE_DATA")
    lines = text_of(given.parameters).splitlines()
    pairs = (line.split() for line in lines if line and line[0] != "#")
    parameters = {key: float(value) for key, value in pairs}
    folder = os.path.join(given.data, "sessions_yoochoose")
    history = read_sessions(os.path.join(folder, "train_clicks.tsv.gz"))
    test = read_sessions(os.path.join(folder, "test_dev_clicks.tsv"))
    if given.test:
        day, test = test, read_sessions(given.test)
        first = min(clicks[0][0] for _, clicks in test)
        history += [session for session in day if session[1][-1][0] < first]
    frozen, online = (ranks(parameters, history, test, live) for live in (False, True))
    if given.test:
        tell("", online)
    else:
        lists = text_of(os.path.join(folder, REFERENCE)).splitlines()[1:]
        reference = {int(line.split(";")[0]) for line in lists}
        tell("", [each for each in frozen if each[0] in reference])
    tell("_online", online)
    tell("_frozen", frozen)


if __name__ == "__main__":
    main()
