#pragma once
// Topics: which there are, making those that are missing. Threads: one.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "streams/kafka/client.h"

namespace vitrine::kafka {

struct WantedTopic {
  std::string name;
  std::uint32_t partitions = 8;
  bool exactly = false;  // another number of partitions is refused
  std::vector<std::pair<std::string, std::string>> config = {};
};

class Admin {
 public:
  static Result<Admin> open(const KafkaSettings& settings);

  // How many partitions each has; 0 where there is no such topic. Waits for brokers to answer.
  Result<std::map<std::string, std::uint32_t>> partitions(const std::vector<std::string>& topics);
  // Makes the missing ones and returns how many partitions each has.
  Result<std::map<std::string, std::uint32_t>> ensure(const std::vector<WantedTopic>& topics);

 private:
  explicit Admin(const KafkaSettings& settings) : settings_(settings) {}
  Result<void> create(const std::vector<WantedTopic>& topics);
  Result<void> ask(std::map<std::string, std::uint32_t>& found, const std::string& topic);
  void hear_errors();

  KafkaSettings settings_;
  Handle client_;
  rd_kafka_resp_err_t last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of what the client complained of
  std::string last_error_;
};

}  // namespace vitrine::kafka
