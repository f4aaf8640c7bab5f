#pragma once
// The Prometheus text format: figures with any number of labels, written down when somebody asks.
// What a process counts all the time, under one label at most, is metrics.h's.
//
// Names are sorted; the samples of one name stand together, under one HELP and TYPE, in the order
// in which they were given. A label with an empty name is left out. Threads: one.
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace vitrine {

class Histogram;

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  void counter(std::string_view name, std::string_view help, Labels labels, std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, Labels labels, std::int64_t value);
  void gauge(std::string_view name, std::string_view help, Labels labels, double value);
  // Quantiles 0.5, 0.99 and 0.999, sum and count, in seconds.
  void summary(std::string_view name, std::string_view help, Labels labels, const Histogram& nanos);
  std::string text() const;

 private:
  struct Family {
    std::string head, samples;
  };
  std::string& samples_of(std::string_view name, std::string_view help, const char* type);
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace vitrine
