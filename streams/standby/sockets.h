#pragma once
// TCP, as far as the link needs it.
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace vitrine {

Result<int> connected_socket(const std::string& host, std::uint16_t port, Duration patience);
void send_at_once(int socket);  // small frames do not wait for more

}  // namespace vitrine
