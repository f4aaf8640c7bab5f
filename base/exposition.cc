#include "base/exposition.h"

#include <cstdio>

#include "base/metrics.h"

namespace vitrine {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

// {a="1",b="2"}; nothing without labels.
std::string in_braces(Exposition::Labels labels, std::string_view quantile = {}) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (name.empty()) return;
    out += (out.empty() ? "" : ",") + std::string(name) + "=\"" + escaped(value) + '"';
  };
  for (const auto& [name, value] : labels) add(name, value);
  if (!quantile.empty()) add("quantile", quantile);
  return out.empty() ? out : '{' + out + '}';
}

std::string number(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.13g", value);
  return buffer;
}

constexpr double kNano = 1e-9;

}  // namespace

std::string& Exposition::samples_of(std::string_view name, std::string_view help,
                                    const char* type) {
  const std::string word(name);
  Family& family = families_[word];
  if (family.head.empty()) {
    family.head =
        "# HELP " + word + ' ' + std::string(help) + "\n# TYPE " + word + ' ' + type + '\n';
  }
  return family.samples;
}

void Exposition::counter(std::string_view name, std::string_view help, Labels labels,
                         std::uint64_t value) {
  samples_of(name, help, "counter") +=
      std::string(name) + in_braces(labels) + ' ' + std::to_string(value) + '\n';
}

void Exposition::gauge(std::string_view name, std::string_view help, Labels labels,
                       std::int64_t value) {
  samples_of(name, help, "gauge") +=
      std::string(name) + in_braces(labels) + ' ' + std::to_string(value) + '\n';
}

void Exposition::gauge(std::string_view name, std::string_view help, Labels labels, double value) {
  samples_of(name, help, "gauge") +=
      std::string(name) + in_braces(labels) + ' ' + number(value) + '\n';
}

void Exposition::summary(std::string_view name, std::string_view help, Labels labels,
                         const Histogram& nanos) {
  constexpr std::pair<const char*, double> kQuantiles[] = {
      {"0.5", 0.5}, {"0.99", 0.99}, {"0.999", 0.999}};
  std::string& out = samples_of(name, help, "summary");
  const std::string word(name);
  for (const auto& [spelled, q] : kQuantiles) {
    out += word + in_braces(labels, spelled) + ' ' +
           number(static_cast<double>(nanos.quantile(q)) * kNano) + '\n';
  }
  out += word + "_sum" + in_braces(labels) + ' ' +
         number(static_cast<double>(nanos.sum_nanos()) * kNano) + '\n';
  out += word + "_count" + in_braces(labels) + ' ' + std::to_string(nanos.count()) + '\n';
}

std::string Exposition::text() const {
  std::string out;
  for (const auto& [name, family] : families_) out += family.head + family.samples;
  return out;
}

}  // namespace vitrine
