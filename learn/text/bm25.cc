#include "learn/text/bm25.h"

#include <algorithm>

#include "learn/core/exact_math.h"
#include "learn/core/snapshot.h"
#include "learn/text/features.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kBm25Name = "bm25";

}  // namespace

double Bm25::idf_of(std::size_t texts_with) const {
  const auto n = static_cast<double>(texts_.size()), df = static_cast<double>(texts_with);
  return exact_log(1 + (n - df + 0.5) / (df + 0.5));
}

double Bm25::idf(std::string_view word) const {
  const auto found = postings_.find(word);
  return idf_of(found == postings_.end() ? 0 : found->second.size());
}

bool Bm25::holds(std::uint64_t id, std::string_view word) const {
  const auto found = texts_.find(id);
  return found != texts_.end() && found->second.counts.find(word) != found->second.counts.end();
}

Result<void> Bm25::add(std::uint64_t id, std::string_view normalised) {
  remove(id);
  if (texts_.size() >= options_.texts_max)
    return fail(Code::Overloaded, "add text " + std::to_string(id) + ": " +
                                      std::to_string(texts_.size()) +
                                      " texts are kept already; remove some or raise texts_max");
  Text text;
  for (const std::string_view word : words_of(normalised, options_.words_max)) {
    ++text.counts[std::string(word)];
    ++text.length;
  }
  insert(id, std::move(text));
  return {};
}

void Bm25::insert(std::uint64_t id, Text text) {
  for (const auto& [word, count] : text.counts) postings_[word][id] = count;
  words_ += text.length;
  texts_[id] = std::move(text);
}

void Bm25::remove(std::uint64_t id) {
  const auto found = texts_.find(id);
  if (found == texts_.end()) return;
  for (const auto& [word, count] : found->second.counts) {
    const auto posting = postings_.find(word);
    posting->second.erase(id);
    if (posting->second.empty()) postings_.erase(posting);
  }
  words_ -= found->second.length;
  texts_.erase(found);
}

std::vector<Bm25::Hit> Bm25::search(std::string_view query, std::size_t most) const {
  std::map<std::uint64_t, double> scores;
  const double mean = static_cast<double>(words_) / static_cast<double>(texts_.size());
  std::vector<std::string_view> seen;
  for (const std::string_view word : words_of(query, options_.words_max)) {
    if (std::find(seen.begin(), seen.end(), word) != seen.end()) continue;
    seen.push_back(word);
    const auto posting = postings_.find(word);
    if (posting == postings_.end()) continue;
    const double rare = idf_of(posting->second.size());
    for (const auto& [id, count] : posting->second) {
      const double length = static_cast<double>(texts_.at(id).length) / mean;
      const double damped = options_.k1 * (1 - options_.b + options_.b * length);
      scores[id] += rare * count * (options_.k1 + 1) / (count + damped);
    }
  }
  std::vector<Hit> hits;
  for (const auto& [id, score] : scores) hits.push_back({id, score});
  std::stable_sort(hits.begin(), hits.end(),
                   [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (hits.size() > most) hits.resize(most);
  return hits;
}

Bytes Bm25::snapshot() const {
  Bytes out;
  put_head(out, kBm25Name, 1);
  put_double(out, options_.k1);
  put_double(out, options_.b);
  put_varint(out, options_.texts_max);
  put_varint(out, options_.words_max);
  put_varint(out, texts_.size());
  for (const auto& [id, text] : texts_) {
    put_u64(out, id);
    put_varint(out, text.counts.size());
    for (const auto& [word, count] : text.counts) {
      put_bytes(out, word);
      put_varint(out, count);
    }
  }
  return out;
}

Result<Bm25> Bm25::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kBm25Name, 1));
  Bm25Options options;
  options.k1 = read_double(reader);
  options.b = read_double(reader);
  options.texts_max = reader.varint();
  options.words_max = reader.varint();
  Bm25 index{options};
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::uint64_t id = reader.u64();
    Text text;
    for (std::uint64_t words = reader.varint(); words > 0 && reader.ok(); --words) {
      const std::string word{reader.bytes()};
      const auto count = static_cast<std::uint32_t>(reader.varint());
      text.counts[word] = count;
      text.length += count;
    }
    index.insert(id, std::move(text));
  }
  VT_TRY_VOID(read_end(reader, kBm25Name));
  return index;
}

}  // namespace vitrine::learn
