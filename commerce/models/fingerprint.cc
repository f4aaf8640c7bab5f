#include "commerce/models/fingerprint.h"

#include <sodium.h>

#include <bit>

namespace vitrine::models {
namespace {

const unsigned char* octets(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

std::string sha256_of(BytesView bytes) {
  Bytes hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()), octets(bytes), bytes.size());
  return to_hex(hash);
}

struct Fingerprint::State {
  crypto_hash_sha256_state sha;
};

Fingerprint::Fingerprint() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->sha);
}
Fingerprint::~Fingerprint() = default;

void Fingerprint::add(BytesView text) {
  Bytes length;
  put_u64(length, text.size());
  crypto_hash_sha256_update(&state_->sha, octets(length), length.size());
  crypto_hash_sha256_update(&state_->sha, octets(text), text.size());
}

void Fingerprint::add(double number) {
  Bytes bits;
  put_u64(bits, std::bit_cast<std::uint64_t>(number));
  crypto_hash_sha256_update(&state_->sha, octets(bits), bits.size());
}

std::string Fingerprint::hex() {
  Bytes hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state_->sha, reinterpret_cast<unsigned char*>(hash.data()));
  return to_hex(hash);
}

}  // namespace vitrine::models
