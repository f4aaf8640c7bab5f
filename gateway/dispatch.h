#pragma once
// From a request to its handler: route, origin, limits, token, body, key. Every "no" before a
// handler runs is said here.
#include <memory>

#include "gateway/core.h"

namespace vitrine::gateway {

void dispatch(Core& core, net::Request request, std::unique_ptr<net::Responder> responder);

}  // namespace vitrine::gateway
