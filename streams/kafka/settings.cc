#include "streams/kafka/settings.h"

#include <charconv>
#include <cstdlib>
#include <fstream>

namespace vitrine {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Result<void> set(KafkaSettings& settings, const std::string& name, const std::string& value) {
  if (!name.starts_with("vitrine.")) {
    settings.more[name] = value;
    return {};
  }
  if (name == "vitrine.prefix") {
    settings.prefix = value;
    return {};
  }
  int& number = settings.replication_factor;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (name != "vitrine.replication.factor" || error != std::errc{} || *end != '\0')
    return fail(Code::Invalid, "there is no setting " + name + "=" + value);
  return {};
}

Result<void> read_file(KafkaSettings& settings, const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return fail(Code::NotFound, "read Kafka settings from " + path + ": it cannot be opened");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    // The line is not repeated here: it may be a secret.
    const std::string where =
        "read Kafka settings from " + path + ", line " + std::to_string(number) + ": ";
    if (equals == std::string::npos)
      return fail(Code::Invalid, where + "it is no `name=value`");
    if (const auto ok = set(settings, trimmed(line.substr(0, equals)),
                            trimmed(line.substr(equals + 1)));
        !ok) {
      return fail(Code::Invalid, where + ok.error().message);
    }
  }
  return {};
}

}  // namespace

Result<KafkaSettings> KafkaSettings::from(const std::string& address, std::string config_file) {
  KafkaSettings out;
  out.brokers = address.starts_with(kKafkaScheme) ? address.substr(kKafkaScheme.size()) : address;
  while (out.brokers.ends_with('/')) out.brokers.pop_back();
  if (out.brokers.empty() || out.brokers.find_first_of("/@? ") != std::string::npos) {
    return fail(Code::Invalid, "--log " + address +
                                   ": give kafka://HOST:PORT[,HOST:PORT…]; users and passwords "
                                   "stand in the file that --kafka-config names");
  }
  if (config_file.empty()) {
    if (const char* named = std::getenv("VITRINE_KAFKA_CONFIG")) config_file = named;
  }
  if (!config_file.empty()) VT_TRY_VOID(read_file(out, config_file));
  return out;
}

}  // namespace vitrine
