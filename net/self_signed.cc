#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/tls.h"

namespace vitrine::net {
namespace {

constexpr long kValidSeconds = 365L * 24 * 3600;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

bool add_extension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool fill(X509* certificate, EVP_PKEY* key) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kValidSeconds);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  return X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         add_extension(certificate, NID_subject_alt_name,
                       "DNS:localhost,IP:127.0.0.1,IP:::1") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

template <class Write>
Result<void> write_pem(const std::string& path, mode_t mode, Write write) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  std::FILE* file = fd < 0 ? nullptr : fdopen(fd, "w");
  if (file == nullptr) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) close(fd);
    return fail(Code::Io, "write " + path + ": " + why + "; choose a folder we may write to");
  }
  const bool written = fchmod(fd, mode) == 0 && write(file) == 1;
  if (std::fclose(file) != 0 || !written) return fail(Code::Io, "write " + path + ": refused");
  return {};
}

}  // namespace

Result<TlsFiles> self_signed(const std::string& folder) {
  const TlsFiles files{folder + "/certificate.pem", folder + "/key.pem"};
  if (access(files.certificate.c_str(), R_OK) == 0 && access(files.key.c_str(), R_OK) == 0) {
    return files;
  }
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  if (!key || !certificate || !fill(certificate.get(), key.get())) {
    return fail(Code::Io, "make a self-signed certificate: the crypto library refused");
  }
  VT_TRY_VOID(write_pem(files.key, 0600, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }));
  VT_TRY_VOID(write_pem(files.certificate, 0644, [&](std::FILE* file) {
    return PEM_write_X509(file, certificate.get());
  }));
  return files;
}

}  // namespace vitrine::net
