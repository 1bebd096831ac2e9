#include "conf/keys.h"

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/source.h"
#include "common/tls/certificate.h"
#include "common/tls/ocsp.h"
#include "common/tls/self_signed.h"
#include "conf/dkim_keys.h"
#include "conf/fill.h"
#include "conf/named_certificates.h"

namespace gp::conf {
namespace {

constexpr std::size_t most_pem = 1 << 20;

class Reader {
public:
    Reader(const config::Settings& settings, config::Problems& problems)
        : settings_(settings), problems_(problems)
    {}

    // The wanted parts of a file that an option names; empty after an error.
    std::string read(std::string_view option, const std::string& file, std::string_view label)
    {
        const auto content = config::read_file(file, most_pem);
        if (!content) {
            complain(option, content.error().text);
            return {};
        }
        auto parts = pem_parts(*content, label);
        if (parts.empty())
            complain(option, file + " holds no " + std::string(label) + " in PEM form");
        return parts;
    }

    // The files of an option; none when it is unset or expanded for each client.
    std::vector<std::string> files(std::string_view option) const
    {
        const auto text = text_of(settings_, option);
        return text && !text->empty() ? config::split_list(*text) : std::vector<std::string>{};
    }

    void complain(std::string_view option, const std::string& what)
    {
        problems_.error(settings_.origin(option), "", std::string(option) + ": " + what);
    }

private:
    const config::Settings& settings_;
    config::Problems& problems_;
};

}

std::string expiry_of(const std::string& file, const std::string& chain_pem)
{
    constexpr std::int64_t day = 24 * 3600, early = 14 * day;
    const auto certificate = tls::Certificate::parse(chain_pem);
    const auto left = certificate ? certificate->not_after - SystemClock{}.seconds() : early;
    if (left >= early)
        return {};
    return file + (left <= 0 ? " has expired" : " expires in " + std::to_string(left / day) + " days");
}

namespace {

// Certificates that transports show to other servers.
void read_client_keys(const Configuration& configuration, config::Problems& problems, Keys& keys)
{
    for (const auto& transport : configuration.transports) {
        const auto* setting = transport.settings.find("tls_certificate");
        if (setting && transport.settings.is_written("tls_certificate") && !transport.settings.expandable("tls_certificate").is_constant()) {
            read_named_certificates(transport, problems, keys);
            continue;
        }
        const auto file = setting ? text_of(transport.settings, "tls_certificate") : std::nullopt;
        if (!file || file->empty())
            continue;
        const bool is_known =
            std::ranges::any_of(keys.client, [&](const auto& one) { return one.file == *file; });
        if (is_known)
            continue;
        Reader reader{transport.settings, problems};
        auto key_file = text_of(transport.settings, "tls_privatekey").value_or(*file);
        if (key_file.empty())
            key_file = *file;
        const auto chain = reader.read("tls_certificate", *file, "CERTIFICATE");
        const auto key = reader.read("tls_privatekey", key_file, "PRIVATE KEY");
        keys.files.insert(keys.files.end(), {*file, key_file});
        keys.client.push_back({*file, chain, static_cast<std::uint32_t>(keys.keys.size())});
        keys.keys.push_back({"transport " + transport.name + " tls_privatekey " + key_file, key, true});
    }
}

// One for each type of key, say: RSA and ECDSA.
void read_certificates(const config::Settings& settings, config::Problems& problems, Reader& reader, Keys& keys)
{
    const auto chains = reader.files("tls_certificate");
    auto private_keys = reader.files("tls_privatekey");
    if (private_keys.empty())
        private_keys = chains; // manual 43.6: the key may be in the certificate's file
    if (private_keys.size() != chains.size()) {
        reader.complain("tls_privatekey", "there must be as many keys as certificates");
        return;
    }
    for (std::size_t i = 0; i < chains.size(); ++i) {
        const auto chain = reader.read("tls_certificate", chains[i], "CERTIFICATE");
        const auto option = settings.is_set("tls_privatekey") ? "tls_privatekey" : "tls_certificate";
        const auto key = reader.read(option, private_keys[i], "PRIVATE KEY");
        keys.files.insert(keys.files.end(), {chains[i], private_keys[i]});
        keys.server.push_back({chain, static_cast<std::uint32_t>(keys.keys.size()), expiry_of(chains[i], chain), chains[i]});
        if (const auto& expiry = keys.server.back().expiry; !expiry.empty())
            problems.warning(settings.origin("tls_certificate"), "", "tls_certificate: " + expiry);
        keys.keys.push_back({std::string(option) + " " + private_keys[i], key, false});
    }
}

// Each goes with the certificate at its place (manual 14.23, tls_ocsp_file). One whose time is over is read, too: another
// may be laid there.
void read_ocsp_answers(const config::Settings& settings, Reader& reader, Keys& keys)
{
    if (!settings.is_written("tls_ocsp_file"))
        return;
    if (keys.are_chosen_by_name || !settings.expandable("tls_ocsp_file").is_constant())
        return reader.complain("tls_ocsp_file", "it must be the same for every client, as tls_certificate then is");
    std::size_t place = 0;
    bool is_pem = false;
    for (std::string_view file : reader.files("tls_ocsp_file")) {
        for (const auto& [word, means_pem] : {std::pair{"PEM ", true}, std::pair{"DER ", false}})
            if (file.starts_with(word)) {
                is_pem = means_pem;
                file = trim(file.substr(4));
            }
        const auto content = config::read_file(std::string(file), most_pem);
        const auto answer = content ? tls::read_ocsp(*content, is_pem) : Result<std::string>{content.error()};
        keys.files.emplace_back(file);
        if (!answer)
            reader.complain("tls_ocsp_file", std::string(file) + ": " + answer.error().text);
        else if (place >= keys.server.size())
            reader.complain("tls_ocsp_file", "there are more answers than certificates");
        else
            keys.server[place++].ocsp = *answer;
    }
}

}

Keys read_keys(const Configuration& configuration, config::Problems& problems)
{
    Keys keys;
    const auto& settings = configuration.main.all;
    Reader reader{settings, problems};
    if (settings.is_written("tls_certificate") && !settings.expandable("tls_certificate").is_constant())
        read_named_certificates(settings, problems, keys);
    else if (settings.is_written("tls_privatekey") && !settings.expandable("tls_privatekey").is_constant())
        reader.complain("tls_privatekey", "the key cannot be chosen for each client where the certificate is always the same");
    else
        read_certificates(settings, problems, reader, keys);
    read_ocsp_answers(settings, reader, keys);
    if (const auto trusted = text_of(settings, "tls_verify_certificates");
        trusted && trusted->starts_with('/') && !trusted->ends_with('/'))
        if (auto content = config::read_file(*trusted, most_pem * 8))
            keys.verify_pem = pem_parts(*content, "CERTIFICATE");
    if (const auto& trusted = settings.is_set("tls_verify_certificates") ? text_of(settings, "tls_verify_certificates") : std::nullopt; trusted && trusted->starts_with('/'))
        keys.files.push_back(*trusted);
    if (const auto& revoked = settings.is_set("tls_crl") ? text_of(settings, "tls_crl") : std::nullopt; revoked && revoked->starts_with('/'))
        keys.files.push_back(*revoked);
    read_client_keys(configuration, problems, keys);
    read_dkim_keys(configuration, problems, keys);
    return keys;
}

void add_self_signed(const Configuration& configuration, config::Problems& problems, Keys& keys)
{
    const auto& settings = configuration.main.all;
    const auto wanted = text_of(settings, "tls_advertise_hosts");
    const bool is_offered = !wanted || !wanted->empty() || !settings.list("tls_on_connect_ports").empty();
    if (!keys.server.empty() || settings.is_set("tls_certificate") || !is_offered)
        return;
    auto made = tls::make_self_signed(configuration.main.identity.primary_hostname);
    if (!made)
        return problems.warning({}, "", made.error().text + ": TLS is not offered");
    keys.server.push_back({made->certificate_pem, static_cast<std::uint32_t>(keys.keys.size()), {}});
    keys.keys.push_back({"of the self-signed certificate", made->key_pem, false});
    keys.is_self_signed = true;
}

}
