#include "commerce/assistant/matcher.h"

#include <algorithm>

#include "learn/core/snapshot.h"
#include "learn/text/features.h"
#include "learn/text/normalise.h"

namespace vitrine::assistant {
namespace {

// "a, b c" as its phrases.
std::vector<std::string> phrases_of(const std::string& list) {
  std::vector<std::string> phrases;
  for (std::size_t i = 0; i < list.size();) {
    const std::size_t end = std::min(list.find(',', i), list.size());
    phrases.push_back(learn::normalise(list.substr(i, end - i)));
    i = end + 2;
  }
  return phrases;
}

// Of "cups" and "cup" the same.
std::string singular(std::string_view word) {
  if (word.size() > 3 && word.back() == 's' && word[word.size() - 2] != 's') word.remove_suffix(1);
  return std::string(word);
}

// One letter more, less, other, or two swapped.
bool one_slip(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  if (a.size() != b.size()) return a.substr(i) == b.substr(i + 1);
  if (i == a.size()) return true;
  if (a.substr(i + 1) == b.substr(i + 1)) return true;
  return i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] &&
         a.substr(i + 2) == b.substr(i + 2);
}

}  // namespace

Matcher::Matcher(const std::vector<Meaning>& meanings) {
  for (const Meaning& row : meanings) {
    for (const std::string& phrase : phrases_of(row.phrases)) {
      if (row.meaning[0] == '-') {
        stop_.insert(phrase);
        continue;
      }
      phrases_.push_back(phrase);
      meanings_.push_back(row.meaning);
      for (const std::string_view word : learn::words_of(phrase))
        vocabulary_.insert(std::string(word));
    }
  }
  search_ = std::make_shared<const learn::AhoCorasick>(phrases_);
}

std::string Matcher::known(const std::string& word) const {
  if (word.size() < 4 || stop_.contains(word) || vocabulary_.contains(word)) return word;
  for (const std::string& other : vocabulary_)
    if (other.size() > 3 && other[0] == word[0] && one_slip(word, other)) return other;
  return word;
}

Matcher::Read Matcher::read(std::string_view text, bool correct) const {
  Read read;
  const std::string normal = learn::normalise(text);
  std::string corrected;
  const auto put = [&read](const std::string& token) {
    if (std::find(read.tokens.begin(), read.tokens.end(), token) == read.tokens.end())
      read.tokens.push_back(token);
  };
  for (const std::string_view part : learn::words_of(normal)) {
    const std::string word = correct ? known(std::string(part)) : std::string(part);
    corrected += (corrected.empty() ? "" : " ") + word;
  }
  // Hyphenated names are phrases too.
  const std::string both = normal + " " + corrected;
  std::set<std::string> meant, concepts;
  std::set<std::string> used;  // words that only name a product or a concept
  for (const auto& match : search_->find_words(both)) {
    const std::string& meaning = meanings_[match.word];
    if (meaning[0] == '@') read.products.insert(meaning.substr(1));
    if (meaning[0] == '+') concepts.insert(meaning.substr(1));
    meant.insert(meaning);
    for (const std::string_view word : learn::words_of(phrases_[match.word]))
      used.insert(std::string(word));
  }
  read.concepts.assign(concepts.begin(), concepts.end());
  for (const std::string& meaning : meant)
    put((meaning[0] == '@' ? "product_" : "concept_") + meaning.substr(1));
  for (const std::string_view part : learn::words_of(corrected)) {
    const std::string word{part};
    if (!stop_.contains(word) && !(correct && used.contains(word))) put(singular(word));
  }
  return read;
}

Result<void> Matcher::add(std::uint64_t number, const std::string& id, const std::string& text) {
  std::string tokens;
  for (const std::string& token : read(text, false).tokens) tokens += token + " ";
  const std::string normal = learn::normalise(text);  // lives as long as its words are looked at
  for (const std::string_view word : learn::words_of(normal)) vocabulary_.insert(std::string(word));
  // A fact's id says what it is about.
  if (id[0] == 'p') tokens += "concept_" + id.substr(id.rfind('.') + 1);
  ids_[number] = id;
  return index_.add(number, tokens);
}

Matcher::Finding Matcher::find(std::string_view question, const std::string& pinned) const {
  const Read asked = read(question, true);
  std::string query;
  double weight = 0;
  for (const std::string& token : asked.tokens) {
    query += token + " ";
    weight += index_.idf(token);
  }
  std::vector<learn::Bm25::Hit> hits;
  for (const learn::Bm25::Hit& hit : index_.search(query, 1000)) {
    const std::string& id = ids_.at(hit.id);
    const std::string product = id[0] == 'p' ? id.substr(2, id.rfind('.') - 2) : "";
    const bool fits = product.empty() || asked.products.contains(product) ||
                      (asked.products.empty() && product == pinned);
    if (fits) hits.push_back(hit);
  }
  Finding found{{}, 0, 0, asked.concepts};
  if (hits.empty() || weight <= 0) return found;
  found.id = ids_.at(hits[0].id);
  found.ahead = 1;
  if (hits.size() > 1) found.ahead = 1 - hits[1].score / hits[0].score;
  double carried = 0;
  for (const std::string& token : asked.tokens)
    if (index_.holds(hits[0].id, token)) carried += index_.idf(token);
  found.covered = carried / weight;
  return found;
}

Bytes Matcher::snapshot() const {
  Bytes out;
  put_bytes(out, index_.snapshot());
  put_varint(out, ids_.size());
  for (const auto& [number, id] : ids_) {
    put_varint(out, number);
    put_bytes(out, id);
  }
  put_varint(out, vocabulary_.size());
  for (const std::string& word : vocabulary_) put_bytes(out, word);
  return out;
}

Result<void> Matcher::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY(index_, learn::Bm25::restore(reader.bytes()));
  ids_.clear();
  vocabulary_.clear();
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::uint64_t number = reader.varint();
    ids_[number] = std::string(reader.bytes());
  }
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left)
    vocabulary_.insert(std::string(reader.bytes()));
  return learn::read_end(reader, "matcher");
}

}  // namespace vitrine::assistant
