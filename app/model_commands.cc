#include "app/model_commands.h"

#include <array>
#include <charconv>
#include <future>

#include "app/house.h"
#include "app/model_log.h"
#include "commerce/model/json.h"
#include "commerce/model/topics.h"
#include "commerce/models/letters.h"
#include "net/http_client.h"

namespace vitrine {
namespace {

constexpr std::string_view kCorrelation = "vitrine-model";

// The first event of our command, which stands at `from`.
Result<ModelEvent> outcome_in(const Engine& engine, Position from) {
  const std::array<std::string, 1> topics{topics::model_events.name()};
  while (from < engine.committed_end()) {
    VT_TRY(const auto batch, engine.fetch(topics, from, 256, 1U << 20U));
    for (const Positioned& record : batch.records) {
      if (record.record.correlation != kCorrelation) continue;
      if (auto event = decoded<ModelEvent>(record.record.value)) return std::move(*event);
    }
    if (batch.next <= from) break;
    from = batch.next;
  }
  return fail(Code::Unavailable, "the command is in the log and has no outcome yet; "
                                 "`vitrine model list` shows what became of it");
}

Result<ModelEvent> tell_log(const std::string& log, const std::string& name,
                            const ModelCommand& command) {
  auto opened = House::open(real_env(), log);
  if (!opened) {
    Error error = std::move(opened).error();
    if (error.code == Code::Conflict)
      error.message += "; where a server runs, name it: --at http://HOST:PORT --token-file FILE";
    return tl::unexpected<Error>(std::move(error));
  }
  House house = std::move(*opened);
  VT_TRY_VOID(house.start());
  std::promise<Result<Position>> done;
  Append append{.topic = topics::model_commands.name(),
                .record = {name, encoded(command), {}, std::string(kCorrelation)}};
  VT_TRY_VOID(house.insight->append(std::move(append), [&](Result<Position> position) {
    done.set_value(std::move(position));
  }));
  VT_TRY(const Position at, done.get_future().get());
  VT_TRY_VOID(house.insight->at_least(at));
  auto event = outcome_in(*house.insight, at);
  VT_TRY_VOID(house.stop());
  return event;
}

Result<net::Endpoint> endpoint_of(std::string_view address) {
  net::Endpoint endpoint;
  endpoint.tls = address.starts_with("https://");
  const bool plain = address.starts_with("http://");
  std::string_view rest = address;
  if (endpoint.tls || plain) rest.remove_prefix(endpoint.tls ? 8 : 7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  const auto read = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if ((!endpoint.tls && !plain) || port.empty() || read.ptr != port.data() + port.size())
    return fail(Code::Invalid, "--at " + std::string(address) + " is no http://HOST:PORT");
  endpoint.host = std::string(rest.substr(0, colon));
  return endpoint;
}

Result<ModelEvent> tell_server(const ModelDoor& door, const std::string& name,
                               const ModelCommand& command) {
  VT_TRY(const net::Endpoint endpoint, endpoint_of(door.at));
  if (door.token_file.empty())
    return fail(Code::Invalid, "--at needs --token-file: a file with a host's token");
  VT_TRY(Bytes token, read_whole(real_env().disk, door.token_file, 4'096));
  while (token.ends_with('\n')) token.pop_back();
  const std::string body = "{\"command\":\"" + models::letters_of(encoded(command)) + "\"}";
  net::HttpClient client(endpoint);
  VT_TRY(const auto answer,
         client.post("/v1/host/models/" + name, body,
                     {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}}));
  if (answer.status != 200)
    return fail(Code::Conflict, door.at + " answered " + std::to_string(answer.status) + ": " +
                                    answer.body);
  ModelEvent event;
  if (const auto read = model::from_json(answer.body, event); !read)
    return fail(Code::Corrupt, door.at + " answered what is no event: " + read.error().detail);
  return event;
}

}  // namespace

Result<ModelEvent> tell_model(const ModelDoor& door, const std::string& name,
                              ModelCommand command) {
  command.set_actor("operator");
  VT_TRY(ModelEvent event, door.at.empty() ? tell_log(door.log, name, command)
                                           : tell_server(door, name, command));
  if (event.has_refused()) return fail(Code::Conflict, event.refused().detail());
  return event;
}

}  // namespace vitrine
