#pragma once
// Short visits to a primary: one question, one answer.
#include <string>

#include "streams/standby/channel.h"
#include "vitrine/standby.h"

namespace vitrine {

// Whoever serves this log there in an earlier term is to stop. The answer: of our term, it has
// stopped; of a later one, we are to; NotFound, it is another log.
Result<standby_wire::Refused> ask_to_stop(const Term& term, const std::string& app,
                                          const std::string& host, std::uint16_t port,
                                          const LinkKey& key, Duration patience);
Result<standby_wire::Frame> ask(const std::string& host, std::uint16_t port, const LinkKey& key,
                                Duration patience, standby_wire::Kind kind, BytesView body);

// "host:port" in its parts; false when it is none.
bool split_address(const std::string& text, std::string& host, std::uint16_t& port);

}  // namespace vitrine
