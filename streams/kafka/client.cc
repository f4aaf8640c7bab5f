#include "streams/kafka/client.h"

#include <string_view>

#include "base/log.h"

namespace vitrine::kafka {
namespace {

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
    return fail(Code::Invalid, "Kafka setting " + name + ": " + why +
                                   "; see librdkafka's CONFIGURATION.md");
  }
  return {};
}

}  // namespace

void log_line(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;  // as syslog counts
  // A settings file is for all clients, also those of the other kind.
  const bool told = level <= kWarning && std::string_view(facility) != "CONFWARN";
  log(told ? LogLevel::Warn : LogLevel::Debug, "kafka_client",
      {{"client", rd_kafka_name(rk)}, {"facility", facility}, {"text", text}});
}

Result<Conf> conf_of(const KafkaSettings& settings, const Settings& usual,
                     const Settings& fixed) {
  static const Settings kAll = {
      {"client.id", "vitrine"},
      {"socket.nagle.disable", "true"},
      // A broker that was away is found again soon.
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},
      {"log.connection.close", "false"},
  };
  Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  for (const auto& [name, value] : kAll) VT_TRY_VOID(set(conf.get(), name, value));
  for (const auto& [name, value] : usual) VT_TRY_VOID(set(conf.get(), name, value));
  for (const auto& [name, value] : settings.more) VT_TRY_VOID(set(conf.get(), name, value));
  for (const auto& [name, value] : fixed) VT_TRY_VOID(set(conf.get(), name, value));
  VT_TRY_VOID(set(conf.get(), "bootstrap.servers", settings.brokers));
  return conf;
}

Result<Handle> make_client(rd_kafka_type_t type, Conf conf, const std::string& doing) {
  char why[512];
  rd_kafka_t* made = rd_kafka_new(type, conf.get(), why, sizeof why);
  if (made == nullptr) {
    return fail(Code::Invalid,
                doing + ": " + why + "; check the address and the Kafka settings file");
  }
  static_cast<void>(conf.release());  // the client's now
  return Handle(made);
}

}  // namespace vitrine::kafka
