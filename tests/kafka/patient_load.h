#pragma once
// A load for brokers that die. A producer may end for good then, and nobody knows of its last lines
// whether they are there: it goes on with another one, and at the end the topic says.
#include <memory>

#include "tests/kafka/kit.h"

namespace vitrine::kafka_test {

class PatientLoad {
 public:
  PatientLoad(const KafkaSettings& kafka, std::uint64_t seed, int lines)
      : kafka_(kafka), lines_a_turn_(lines), random_(seed) {}
  void start() {
    thread_ = std::thread([this] {
      while (!stop_) turn();
    });
  }
  void stop() {
    stop_ = true;
    thread_.join();
  }
  std::uint64_t lines() const { return lines_; }
  int producers() const { return producers_; }

  // After stop(): the words that are in the topic, which must be all that were acknowledged, and
  // none but those that were written.
  Words written() const {
    Words out;
    sure(read_topic(kafka_, "user-activity",
                    [&](std::uint32_t, std::int64_t, const RecordView& line) {
                      count_words(std::string(line.value), out);
                    }));
    const auto of = [](const Words& words, const std::string& word) {
      const auto known = words.find(word);
      return known == words.end() ? 0 : known->second;
    };
    for (const auto& [word, count] : acknowledged_) {
      if (of(out, word) < count) red("the brokers have lost word " + word);
    }
    for (const auto& [word, count] : out) {
      if (count > of(acknowledged_, word) + of(uncertain_, word))
        red("the brokers have doubled word " + word);
    }
    return out;
  }

 private:
  void turn() {
    std::vector<std::string> lines;
    for (int i = 0; i < lines_a_turn_; ++i) lines.push_back(random_line(random_));
    const bool there = send(lines);
    if (!there) appender_.reset();
    for (const std::string& line : lines) count_words(line, there ? acknowledged_ : uncertain_);
    lines_ += lines.size();
    std::this_thread::sleep_for(Millis{20});
  }
  bool send(const std::vector<std::string>& lines) {
    if (appender_ == nullptr) {
      auto opened = KafkaAppender::open(kafka_);
      if (!opened) return false;
      appender_ = std::move(*opened);
      ++producers_;
    }
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    for (const std::string& line : lines) {
      if (!appender_->append("user-activity", {{}, line, now, {}})) return false;
    }
    return appender_->flush().has_value();
  }

  const KafkaSettings kafka_;
  const int lines_a_turn_;
  std::mt19937_64 random_;
  std::unique_ptr<KafkaAppender> appender_;
  std::atomic<int> producers_{0};
  Words acknowledged_, uncertain_;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace vitrine::kafka_test
