#pragma once
// A broker that a test kills, stops and starts again (tools/kafka/broker.py).
#include <fstream>

#include "tests/kafka/kit.h"

namespace vitrine::kafka_test {

inline std::string option_of(int argc, char** argv, const std::string& name, std::string usual) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return argv[i + 1];
  }
  return usual;
}

// The folder of the broker, or of the cluster, that `broker.py with` has started.
inline std::string broker_folder() {
  const char* folder = std::getenv("VITRINE_KAFKA_FOLDER");
  return folder == nullptr ? "" : folder;
}

class Broker {
 public:
  Broker(std::string tool, std::string folder)
      : tool_(std::move(tool)), folder_(std::move(folder)) {
    std::ifstream(folder_ + "/pid") >> pid_ >> port_;
    if (pid_ <= 0) red("the broker's folder " + folder_ + " names no process");
  }
  void kill_now() const { ::kill(pid_, SIGKILL); }
  void stop() const { tell("stop"); }
  void start() {
    tell("start --light --port " + port_);
    std::ifstream(folder_ + "/pid") >> pid_;
  }
  const std::string& folder() const { return folder_; }

 private:
  void tell(const std::string& words) const {
    const std::string command = tool_ + " " + words + " --folder " + folder_ + " > /dev/null";
    if (std::system(command.c_str()) != 0) red("broker: " + command);
  }
  std::string tool_, folder_, port_;
  pid_t pid_ = 0;
};

}  // namespace vitrine::kafka_test
