#include "learn/models/text_classifier.h"

#include <algorithm>

#include "learn/core/snapshot.h"

namespace vitrine::learn {
namespace {

constexpr std::string_view kClassifierName = "text classifier";
constexpr std::uint32_t kClassifierVersion = 1;

}  // namespace

TextClassifier::TextClassifier(const TextClassifierOptions& options) : options_(options) {
  VT_CHECK(options.classes >= 2 && options.features.bits == options.ftrl.bits);
  const int models = options.classes == 2 ? 1 : options.classes;
  for (int i = 0; i < models; ++i) models_.emplace_back(options.ftrl);
  margins_.resize(models_.size());
}

void TextClassifier::read(std::string_view text, std::span<const std::uint32_t> extra) {
  features_.assign(extra.begin(), extra.end());
  const std::string normal = normalise(text, {.fold_case = options_.fold_case});
  add_text_features(features_, normal, options_.features);
  if (options_.spellings) {
    const std::string other = join_letters(read_leetspeak(normal));
    if (other != normal) add_text_features(features_, other, options_.features);
  }
  if (options_.shape) add_shape_features(features_, text, options_.features.bits);
  finish_features(features_);
  value_ = Ftrl::even_value(features_.size());
}

std::span<const double> TextClassifier::margins(std::string_view text,
                                                std::span<const std::uint32_t> extra) {
  read(text, extra);
  for (std::size_t i = 0; i < models_.size(); ++i)
    margins_[i] = models_[i].margin(features_, value_);
  return margins_;
}

int TextClassifier::predict(std::string_view text, std::span<const std::uint32_t> extra) {
  const auto all = margins(text, extra);
  if (options_.classes == 2) return all[0] > 0 ? 1 : 0;
  return static_cast<int>(std::max_element(all.begin(), all.end()) - all.begin());
}

void TextClassifier::learn(std::string_view text, int truth, std::span<const std::uint32_t> extra,
                           double weight) {
  VT_CHECK(truth >= 0 && truth < options_.classes);
  read(text, extra);
  if (options_.classes == 2) {
    models_[0].learn(features_, value_, truth == 1,
                     weight * (truth == 1 ? options_.weight_of_true : 1));
    return;
  }
  for (int i = 0; i < options_.classes; ++i)
    models_[static_cast<std::size_t>(i)].learn(features_, value_, truth == i, weight);
}

Bytes TextClassifier::snapshot() const {
  Bytes out;
  put_head(out, kClassifierName, kClassifierVersion);
  put_varint(out, models_.size());
  for (const Ftrl& model : models_) put_bytes(out, model.snapshot());
  return out;
}

Result<void> TextClassifier::restore(BytesView snapshot) {
  ByteReader reader{snapshot};
  VT_TRY_VOID(read_head(reader, kClassifierName, kClassifierVersion));
  if (reader.varint() != models_.size())
    return fail(Code::Conflict,
                "restore a text classifier: the snapshot has another number of classes; give the "
                "options it was taken with");
  std::vector<Ftrl> models;
  for (std::size_t i = 0; i < models_.size(); ++i) {
    VT_TRY(Ftrl model, Ftrl::restore(reader.bytes()));
    if (model.bits() != options_.ftrl.bits)
      return fail(Code::Conflict,
                  "restore a text classifier: the snapshot has another size; give the options it "
                  "was taken with");
    models.push_back(std::move(model));
  }
  VT_TRY_VOID(read_end(reader, kClassifierName));
  models_ = std::move(models);
  return {};
}

}  // namespace vitrine::learn
