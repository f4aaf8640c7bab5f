// `vitrine serve`: both engines and the gateway in one process; on Kafka also in several.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/commands.h"
#include "app/ending.h"
#include "app/house.h"
#include "base/log.h"
#include "gateway/gateway.h"
#include "net/tls.h"
#include "vitrine/standby.h"

namespace vitrine {
namespace {

struct ServeOptions {
  std::string log = "./var/log";
  std::string kafka_config;
  std::string copy = "./var/copy";
  std::string instance;
  std::string state;
  std::vector<std::string> roles = {"gateway", "topologies"};
  std::string data = "./data";
  std::string keys;  // default <log>/keys
  std::string web = "./web/dist";
  std::string tls;
  std::string host_code_file;
  bool host_link = false;
  std::optional<std::uint16_t> standby_port;
  std::string standby_bind = "127.0.0.1";
  std::string standby_key;
  std::string standby_acks = "required";
  gateway::Options gateway;
};

void add_options(CLI::App& cli, ServeOptions& options) {
  auto& server = options.gateway.server;
  server.port = 8080;
  cli.add_option("--log", options.log, "the log's folder, or kafka://HOST:PORT[,HOST:PORT…]")
      ->capture_default_str();
  cli.add_option("--roles", options.roles,
                 "on Kafka: what this process does, gateway, topologies, or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"gateway", "topologies"}))
      ->capture_default_str();
  cli.add_option("--copy", options.copy,
                 "on Kafka: the folder of the gateway's copies of the topics")
      ->capture_default_str();
  cli.add_option("--instance", options.instance,
                 "on Kafka: this process's own name, the same at each start, so that a restart "
                 "goes on with its partitions at once");
  cli.add_option("--state", options.state,
                 "on Kafka: the folder where topologies keep their state between lives, so that "
                 "only the rest of the changelogs is read back; without it state is in memory");
  cli.add_option("--kafka-config", options.kafka_config,
                 "on Kafka: a file of librdkafka's settings, `name=value` a line (also "
                 "VITRINE_KAFKA_CONFIG)");
  cli.add_option("--data", options.data, "shipped data; the clip is in its video/")
      ->capture_default_str();
  cli.add_option("--keys", options.keys,
                 "where the signing key and the links' hashes are kept (default <log>/keys, on "
                 "Kafka <copy>/keys); gateways behind one address need the same");
  cli.add_option("--web", options.web, "the built pages")->capture_default_str();
  cli.add_option("--port", server.port, "0 picks a free one")->capture_default_str();
  cli.add_option("--bind", server.bind, "0.0.0.0 lets the network in")->capture_default_str();
  cli.add_option("--tls-cert", server.tls.certificate, "PEM");
  cli.add_option("--tls-key", server.tls.key, "PEM");
  cli.add_option("--tls", options.tls, "`self`: a self-signed certificate, kept beside the keys")
      ->check(CLI::IsMember({"self"}));
  cli.add_option("--allow-origin", options.gateway.allowed_origins,
                 "another origin whose pages may connect; repeatable");
  cli.add_option("--shop", options.gateway.shop, "the shop's id")->capture_default_str();
  cli.add_option("--host-code-file", options.host_code_file,
                 "write two fresh one-time host codes here, mode 0600");
  cli.add_flag("--host-link", options.host_link,
               "print a new one-time link for the host, as the first start does");
  auto* port = cli.add_option("--standby-port", options.standby_port,
                              "a standby may connect here; 0 picks a free one");
  auto* key = cli.add_option("--standby-key", options.standby_key,
                             "the secret it must have: a file of mode 0600");
  cli.add_option("--standby-bind", options.standby_bind, "0.0.0.0 lets the network in")
      ->capture_default_str()
      ->needs(port);
  cli.add_option("--standby-acks", options.standby_acks,
                 "required: nothing is acknowledged before the standby has it")
      ->check(CLI::IsMember({"required", "none"}))
      ->capture_default_str()
      ->needs(port);
  port->needs(key);
  cli.add_flag("--demo", options.gateway.demo, "offer /demo/plug and /demo/counters");
  cli.add_option("--counters-file", options.gateway.counters_file, "what /demo/counters shows");
  cli.add_option("--restarts", options.gateway.restarts, "told by /demo/counters");
}

bool on_kafka(const ServeOptions& options) { return options.log.starts_with("kafka://"); }

bool has_role(const ServeOptions& options, std::string_view role) {
  return std::ranges::find(options.roles, role) != options.roles.end();
}

Result<void> complete(ServeOptions& options, Env& env) {
  if (!on_kafka(options) && !(has_role(options, "gateway") && has_role(options, "topologies"))) {
    return fail(Code::Invalid, "--roles: with a log in a folder one process does everything; "
                               "--log kafka://HOST:PORT lets several share the work");
  }
  if (!on_kafka(options) && !options.state.empty()) {
    return fail(Code::Invalid, "--state: is for topologies on Kafka; with a log in a folder state "
                               "stands beside it");
  }
  if (on_kafka(options) && options.standby_port) {
    return fail(Code::Invalid, "--standby-port: a standby is for a log in a folder; Kafka's "
                               "brokers replicate theirs");
  }
  const std::string& own_folder = on_kafka(options) ? options.copy : options.log;
  if (options.keys.empty()) options.keys = own_folder + "/keys";
  options.gateway.data_folder = options.keys;
  VT_TRY_VOID(env.disk.make_folder(options.keys));
  ::chmod(options.keys.c_str(), S_IRWXU);
  if (env.disk.exists(options.web + "/index.html")) {
    options.gateway.web_folder = options.web;
  } else if (has_role(options, "gateway")) {
    log(LogLevel::Warn, "serve.no_pages",
        {{"folder", options.web}, {"next", "build them with ./dev build"}});
  }
  options.gateway.video_folder = options.data + "/video";
  auto& tls = options.gateway.server.tls;
  if (options.tls == "self") {
    VT_TRY(tls, net::self_signed(options.keys));
  }
  if (tls.certificate.empty() != tls.key.empty()) {
    return fail(Code::Invalid, "TLS needs both --tls-cert and --tls-key");
  }
  return {};
}

Result<void> write_host_codes(gateway::Gateway& gateway, Env& env, const std::string& path) {
  std::string text;
  for (int i = 0; i < 2; ++i) {
    VT_TRY(const auto code, gateway.issue_host_code());
    text += code + "\n";
  }
  if (env.disk.exists(path)) VT_TRY_VOID(env.disk.remove(path));
  VT_TRY(auto file, env.disk.open(path, OpenMode::CreateNew));
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    return fail(Code::Io, "protect " + path + ": chmod failed");
  return file->write_at(0, text);
}

void print_addresses(gateway::Gateway& gateway, const ServeOptions& options,
                     const std::string& host_code) {
  const auto& server = options.gateway.server;
  const std::string scheme = server.tls.certificate.empty() ? "http" : "https";
  const std::string host =
      server.bind == "0.0.0.0" || server.bind == "::" ? "127.0.0.1" : server.bind;
  const std::string address = scheme + "://" + host + ":" + std::to_string(gateway.port());
  std::printf("Vitrine serves on %s\n", address.c_str());
  if (!host_code.empty()) {
    std::printf("Host's console, this link works once: %s/host#code=%s\n", address.c_str(),
                host_code.c_str());
  }
  std::fflush(stdout);
}

// The other copy of the logs. Nothing that recovery found is shown before it has that, too.
Result<std::unique_ptr<StandbyServer>> serve_standby(Env& env, House& house,
                                                     const ServeOptions& options, Ending& ending) {
  if (!options.standby_port) return std::unique_ptr<StandbyServer>{};
  StandbyServerOptions its;
  its.bind = options.standby_bind;
  its.port = *options.standby_port;
  its.key_file = options.standby_key;
  its.acks_required = options.standby_acks != "none";
  its.on_fenced = [&ending](const std::string& why) { ending.ask(why); };
  VT_TRY(auto server,
         StandbyServer::open(
             env, {house.shop.get(), house.audience.get(), house.insight.get()}, std::move(its)));
  std::printf("Standbys connect to port %d\n", static_cast<int>(server->port()));
  if (!server->wait(Duration{500})) {
    std::printf("Waiting for the standby to confirm what the log holds: acks are required. "
                "(vitrine standby-acks none ends the waiting)\n");
  }
  std::fflush(stdout);
  while (!ending.asked() && !server->wait(Duration{200})) {
  }
  if (ending.asked()) {
    server.reset();
    return fail(Code::Unavailable, ending.why().empty() ? "ended before it served" : ending.why());
  }
  return server;
}

Result<House> open_house(Env& env, const ServeOptions& options) {
  if (!on_kafka(options)) return House::open(env, options.log);
  KafkaHouseOptions house;
  house.address = options.log;
  house.config_file = options.kafka_config;
  house.copy = options.copy;
  house.instance = options.instance;
  house.state = options.state;
  house.gateway = has_role(options, "gateway");
  house.topologies = has_role(options, "topologies");
  return House::open_on_kafka(env, house);
}

Result<std::string> host_code(gateway::Gateway& gateway, Env& env, const ServeOptions& options) {
  if (!options.host_code_file.empty()) {
    VT_TRY_VOID(write_host_codes(gateway, env, options.host_code_file));
  } else if (gateway.first_start() || options.host_link) {
    return gateway.issue_host_code();
  }
  return std::string();
}

Result<void> serve_gateway(const ServeOptions& options, Env& env, House& house, net::Loop& loop,
                           Ending& ending) {
  auto opened = gateway::Gateway::open(
      env, loop, {*house.shop, *house.audience, *house.insight}, options.gateway);
  if (!opened) {
    Error error = std::move(opened).error();
    if (error.message.find("in use") != std::string::npos) error.message += "; --port 0 picks one";
    return tl::unexpected<Error>(std::move(error));
  }
  const auto gateway = std::move(*opened);
  VT_TRY(const std::string code, host_code(*gateway, env, options));
  print_addresses(*gateway, options, code);
  const auto& recovery = house.shop->recovery();
  log(LogLevel::Info, "serve.started",
      {{"port", gateway->port()},
       {"epoch", recovery.last_epoch.value()},
       {"tail_cut", recovery.tail_cut ? 1 : 0}});
  ending.means([&] {
    const bool at_once = !ending.why().empty();  // then nobody is answered any more
    loop.post([&, at_once] {
      at_once ? loop.stop() : gateway->drain([&] { loop.stop(); });
    });
  });
  loop.run();
  ending.means({});
  static_cast<void>(house.stop());  // commits what was accepted; told again by the caller
  return {};
}

void serve_topologies(const ServeOptions& options, net::Loop& loop, Ending& ending) {
  std::printf("Vitrine runs the topologies on %s\n", options.log.c_str());
  std::fflush(stdout);
  log(LogLevel::Info, "serve.started", {{"log", options.log}});
  ending.means([&] { loop.post([&] { loop.stop(); }); });
  loop.run();
  ending.means({});
}

Result<void> serve(ServeOptions options) {
  Env& env = real_env();
  Ending ending;
  Signals signals;
  VT_TRY_VOID(complete(options, env));
  VT_TRY(auto house, open_house(env, options));
  signals.on_end([&](int) { ending.ask(); });
  VT_TRY(auto standby, serve_standby(env, house, options, ending));
  VT_TRY(const auto loop, net::Loop::create());
  auto served = house.start([&] { ending.ask("a topology has ended by itself"); });
  if (served && has_role(options, "gateway")) {
    served = serve_gateway(options, env, house, *loop, ending);
  } else if (served) {
    serve_topologies(options, *loop, ending);
  }
  const auto stopped = house.stop();
  standby.reset();
  if (!served) return served;
  if (!stopped) return stopped;
  if (!ending.why().empty()) return fail(Code::Conflict, ending.why());
  log(LogLevel::Info, "serve.stopped");
  return {};
}

}  // namespace

int run_serve(int argc, char** argv) {
  CLI::App cli{"The server: the API, the pages, and both logs behind them."};
  ServeOptions options;
  add_options(cli, options);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  if (auto served = serve(std::move(options)); !served) {
    std::fprintf(stderr, "vitrine serve: %s\n", served.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace vitrine
