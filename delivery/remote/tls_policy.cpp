#include "delivery/remote/tls_policy.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace gp::remote {
namespace {

constexpr std::size_t max_directory_files = 2000;

// All certificates of a directory, as tls_verify_certificates may name one.
Result<std::string> read_directory(const std::string& path)
{
    std::string all;
    std::error_code failed;
    std::size_t files = 0;
    for (std::filesystem::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
        if (++files > max_directory_files)
            return misconfigured(path + " has more than " + std::to_string(max_directory_files) + " files");
        if (auto text = tls::TrustStore::read_file(at->path().string())) {
            all += *text;
            all += '\n';
        }
        if (all.size() > tls::TrustStore::max_size)
            return misconfigured(path + " has more certificates than 16 MiB");
    }
    if (failed)
        return system_error("open " + path, failed.value());
    return all;
}

}

Result<TlsPolicy> TlsPolicy::of(const SmtpOptions& options, const HostLists& lists, std::string_view host_name,
                                const net::Address& address, std::string_view certificate_name)
{
    const auto match = [&](std::string_view option, const std::string& list) {
        return lists.match(option, list, host_name, address);
    };
    TlsPolicy policy;
    policy.avoid = TRY(match("hosts_avoid_tls", options.hosts_avoid_tls));
    policy.require = TRY(match("hosts_require_tls", options.hosts_require_tls));
    policy.require_alpn = TRY(match("hosts_require_alpn", options.hosts_require_alpn));
    policy.require_ocsp = TRY(match("hosts_require_ocsp", options.hosts_require_ocsp));
    policy.server.asks_status = policy.require_ocsp || TRY(match("hosts_request_ocsp", options.hosts_request_ocsp));
    policy.may_reuse = !TRY(match("hosts_nopass_tls", options.hosts_nopass_tls)) &&
                       !TRY(match("hosts_noproxy_tls", options.hosts_noproxy_tls));
    policy.resume = TRY(match("tls_resumption_hosts", options.tls_resumption_hosts));
    policy.clear_after_failure = options.tls_tempfail_tryclear;
    policy.server.sni = options.tls_sni;
    const bool verifies = !options.tls_verify_certificates.empty();
    const bool must = TRY(match("tls_verify_hosts", options.tls_verify_hosts));
    const bool should = TRY(match("tls_try_verify_hosts", options.tls_try_verify_hosts));
    // Manual 30.4, tls_verify_hosts: when both lists are unset, it is as if it selected all hosts.
    const bool neither = options.tls_verify_hosts.empty() && options.tls_try_verify_hosts.empty();
    policy.server.must_verify = verifies && (must || neither);
    policy.server.is_judged = verifies && (must || should || neither);
    if (verifies && (must || should || neither) &&
        TRY(match("tls_verify_cert_hostnames", options.tls_verify_cert_hostnames))) // of a host that is given by its address, that
        policy.server.verify_names.emplace_back(certificate_name.empty() ? host_name : certificate_name);
    return policy;
}

namespace {

// What tells a file or directory that was changed: lists of revoked certificates are made anew each day.
std::string stamp_of(const std::string& path)
{
    struct stat about {};
    if (!path.starts_with('/') || ::stat(path.c_str(), &about) != 0)
        return {};
    return std::to_string(about.st_ino) + "/" + std::to_string(about.st_size) + "/" + std::to_string(about.st_mtim.tv_sec) + "." +
           std::to_string(about.st_mtim.tv_nsec);
}

std::string names_in(const SmtpOptions& options)
{
    std::string key;
    for (const auto* part : {&options.tls_certificate, &options.tls_crl, &options.tls_require_ciphers, &options.tls_alpn,
                             &options.tls_verify_certificates})
        key += *part + '\n';
    return key;
}

std::string stamps_of(const SmtpOptions& options)
{
    return stamp_of(options.tls_crl) + '\n' + stamp_of(options.tls_verify_certificates);
}

}

std::string TlsContexts::key_of(const SmtpOptions& options)
{
    return names_in(options) + stamps_of(options);
}

// What was changed is read again. When it cannot be read, because another file has its name now that our walls do not
// show, what was read before is used until a reload starts another process.
Result<tls::Context> TlsContexts::get(const SmtpOptions& options)
{
    const auto stamp = stamps_of(options);
    const auto key = names_in(options);
    const auto known = contexts_.find(key);
    if (known != contexts_.end() && known->second.stamp == stamp)
        return known->second.context;
    auto made = make(options);
    if (!made && known != contexts_.end()) {
        log::warning("TLS: " + made.error().text + "; what was read before stays in use until a reload");
        known->second.stamp = stamp;
        return known->second.context;
    }
    if (!made)
        return made;
    if (known == contexts_.end() && contexts_.size() >= max_kept)
        contexts_.clear(); // sessions hold on to theirs
    contexts_.insert_or_assign(key, Kept{stamp, *made});
    return made;
}

Result<tls::Context> TlsContexts::make(const SmtpOptions& options)
{
    tls::ContextSettings settings;
    settings.trust = TRY(trust(options.tls_verify_certificates));
    settings.ciphers = options.tls_require_ciphers;
    settings.options = parameters_.openssl_options;
    settings.alpn = config::split_list(options.tls_alpn);
    if (!options.tls_crl.empty())
        settings.crl_pem = TRY(tls::TrustStore::read_file(options.tls_crl));
    if (!options.tls_certificate.empty())
        settings.identities.push_back(TRY(identity(options.tls_certificate)));
    return tls::Context::client(settings);
}

Result<tls::TrustStore> TlsContexts::trust(const std::string& where)
{
    if (where.empty())
        return tls::TrustStore{};
    const auto key = where + '\n' + stamp_of(where);
    if (const auto known = stores_.find(key); known != stores_.end())
        return known->second;
    std::string pem = tls::TrustStore::read_system();
    if (where != "system") {
        std::error_code ignored;
        // Manual 30.4: named files and directories are added to the system's.
        const auto own = std::filesystem::is_directory(where, ignored) ? read_directory(where) : tls::TrustStore::read_file(where);
        if (!own)
            return misconfigured("tls_verify_certificates: " + own.error().text);
        pem += "\n" + *own;
    }
    tls::TrustStore store{std::move(pem)};
    if (stores_.size() >= max_kept)
        stores_.clear();
    stores_.emplace(key, store);
    return store;
}

Result<tls::Identity> TlsContexts::identity(const std::string& tls_certificate)
{
    const auto at = std::ranges::find(parameters_.certificates, tls_certificate, &ClientCertificate::tls_certificate);
    if (at == parameters_.certificates.end())
        return misconfigured("tls_certificate: " + escape(tls_certificate) +
                             " was not there when the suite started, or depends on the host; its key must be given to keyd");
    auto key = TRY(tls::PrivateKey::remote(at->chain_pem, signer_for_(at->key)));
    return tls::Identity{at->chain_pem, std::move(key)};
}

}
