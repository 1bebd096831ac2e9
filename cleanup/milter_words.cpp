#include "cleanup/milter_words.h"

#include "common/base/text.h"

namespace gp::cleanup {
namespace {

using mail::MilterEvent;

bool is_local(const mail::Origin& origin)
{
    return origin.host_address.empty();
}

std::string client_name(const mail::Origin& origin)
{
    if (is_local(origin))
        return "localhost";
    return origin.host_name.empty() ? "[" + origin.host_address + "]" : origin.host_name;
}

std::string client_address(const mail::Origin& origin)
{
    return is_local(origin) ? "127.0.0.1" : origin.host_address;
}

// Name, family, port in network order, address.
std::string connect_arguments(const mail::Origin& origin)
{
    const auto address = client_address(origin);
    const char family = address.find(':') == std::string::npos ? '4' : '6';
    std::string out = client_name(origin) + '\0' + family;
    out += static_cast<char>(origin.host_port >> 8 & 0xff);
    out += static_cast<char>(origin.host_port & 0xff);
    return out + address + '\0';
}

std::string texts(std::string first, const std::vector<std::string>& rest)
{
    first += '\0';
    for (const auto& text : rest)
        first += text + '\0';
    return first;
}

// "TLS1.3", as Exim has it, is "TLSv1.3" to milters.
std::string tls_version(const mail::Origin& origin)
{
    const auto& version = origin.tls_version;
    return version.starts_with("TLS") && version.size() > 3 && is_digit(version[3]) ? "TLSv" + version.substr(3) : version;
}

std::string cipher_bits(const mail::Origin& origin)
{
    const auto colon = origin.tls_cipher.rfind(':');
    return colon == std::string::npos ? "" : origin.tls_cipher.substr(colon + 1);
}

class Macros {
public:
    explicit Macros(MilterEvent here) : here_(here) {}
    void add(std::string name, std::string value, MilterEvent usual_at)
    {
        if (!value.empty())
            all_.push_back({std::move(name), std::move(value), usual_at == here_});
    }
    std::vector<mail::MilterMacro> take() { return std::move(all_); }

private:
    const MilterEvent here_;
    std::vector<mail::MilterMacro> all_;
};

void add_connection(Macros& macros, const mail::Origin& origin, const Parameters& parameters, const std::string& daemon_name)
{
    const auto at = MilterEvent::connect;
    macros.add("j", parameters.primary_hostname, at);
    macros.add("_", client_name(origin) + " [" + client_address(origin) + "]", at);
    macros.add("v", parameters.milter_macro_v.empty() ? parameters.software : parameters.milter_macro_v, at);
    macros.add("{daemon_name}", daemon_name, at);
    macros.add("{daemon_addr}", origin.interface_address, at);
    macros.add("{daemon_port}", origin.interface_port ? std::to_string(origin.interface_port) : "", at);
    macros.add("{if_addr}", origin.interface_address, at);
    macros.add("{client_addr}", client_address(origin), at);
    macros.add("{client_name}", origin.host_name.empty() && !is_local(origin) ? "unknown" : client_name(origin), at);
    macros.add("{client_ptr}", origin.host_name.empty() && !is_local(origin) ? "unknown" : client_name(origin), at);
    macros.add("{client_port}", std::to_string(origin.host_port), at);
}

void add_session(Macros& macros, const mail::Origin& origin)
{
    macros.add("{tls_version}", tls_version(origin), MilterEvent::helo);
    macros.add("{cipher}", origin.tls_cipher_std, MilterEvent::helo);
    macros.add("{cipher_bits}", cipher_bits(origin), MilterEvent::helo);
    macros.add("{cert_subject}", origin.tls_peer_dn, MilterEvent::helo);
    macros.add("{verify}", origin.tls_version.empty() ? "" : origin.tls_certificate_verified ? "OK" : "NO", MilterEvent::helo);
    macros.add("{auth_type}", origin.authenticator, MilterEvent::mail);
    macros.add("{auth_authen}", origin.authenticator.empty() ? "" : origin.authenticated_id, MilterEvent::mail);
    macros.add("{auth_author}", origin.authenticated_sender, MilterEvent::mail);
}

void add_address(Macros& macros, std::string_view prefix, const std::string& address, MilterEvent at)
{
    const auto domain = address.rfind('@');
    macros.add("{" + std::string(prefix) + "_addr}", address, at);
    macros.add("{" + std::string(prefix) + "_host}", domain == std::string::npos ? "" : address.substr(domain + 1), at);
    macros.add("{" + std::string(prefix) + "_mailer}", "smtp", at);
}

}

std::string milter_arguments(const MilterQuestion& question)
{
    switch (question.event) {
    case MilterEvent::connect:
        return connect_arguments(question.origin);
    case MilterEvent::mail:
    case MilterEvent::rcpt:
        return texts("<" + question.argument + ">", question.parameters);
    case MilterEvent::data:
        return {};
    case MilterEvent::helo:
    case MilterEvent::unknown:
        break;
    }
    return texts(question.argument, {});
}

std::vector<mail::MilterMacro> milter_macros(const MilterQuestion& question, const Parameters& parameters, const std::string& daemon_name)
{
    Macros macros{question.event};
    add_connection(macros, question.origin, parameters, daemon_name);
    if (question.event != MilterEvent::connect)
        add_session(macros, question.origin);
    if (question.event == MilterEvent::mail)
        add_address(macros, "mail", question.argument, MilterEvent::mail);
    if (question.event == MilterEvent::rcpt)
        add_address(macros, "rcpt", question.argument, MilterEvent::rcpt);
    return macros.take();
}

std::vector<mail::MilterMacro> milter_macros_of_message(const std::string& id, const mail::Envelope& envelope, const Parameters& parameters)
{
    std::vector<mail::MilterMacro> out = {{"i", id, true}, {"j", parameters.primary_hostname, false}};
    Macros macros{MilterEvent::data};
    add_session(macros, envelope.origin);
    add_address(macros, "mail", envelope.sender, MilterEvent::mail);
    for (auto& macro : macros.take())
        out.push_back(std::move(macro));
    return out;
}

}
