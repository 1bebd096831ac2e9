#include "common/lookup/ldap_lookup.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/lookup/ldap_query.h"

namespace gp::lookup {
namespace {

constexpr unsigned usual_port = 389, usual_tls_port = 636;

bool another_may_do_better(const Error& error)
{
    return error.cause == Cause::closed || error.cause == Cause::refused;
}

// The URL's host, servers=, the main option, or what the library does by default, in this order.
Result<std::vector<LdapServer>> servers_for(const Environment& environment, const LdapQuery& query)
{
    std::vector<LdapServer> out;
    if (!query.host.empty()) {
        const bool is_path = query.host.starts_with('/');
        out.push_back({.host = is_path ? "" : query.host, .socket = is_path ? query.host : "", .port = query.port});
        return out;
    }
    const auto texts = query.has_servers ? query.servers : config::split_list(environment.settings.ldap_default_servers);
    for (const auto& text : texts)
        out.push_back(TRY(parse_ldap_server(text)));
    if (out.empty())
        out.push_back({.host = "localhost"});
    return out;
}

std::string uri_of(const LdapServer& server, const LdapQuery& query)
{
    if (!server.socket.empty())
        return "ldapi://" + replace_all(server.socket, "/", "%2F");
    const bool is_tls = query.scheme == "ldaps";
    const auto port = server.port ? server.port : is_tls ? usual_tls_port : usual_port;
    const auto host = server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]";
    return (is_tls ? "ldaps://" : "ldap://") + host + ":" + std::to_string(port);
}

LdapSettings& settings_in_use()
{
    static LdapSettings settings;
    return settings;
}

ServerSpec spec_for(const LdapServer& server, const LdapQuery& query)
{
    const auto& settings = settings_in_use();
    ServerSpec spec{.database = uri_of(server, query), .user = query.user, .password = query.password};
    spec.settings = {{"ca_cert_dir", settings.ca_cert_dir},   {"ca_cert_file", settings.ca_cert_file},
                     {"cert_file", settings.cert_file},       {"cert_key", settings.cert_key},
                     {"cipher_suite", settings.cipher_suite}, {"require_cert", settings.require_cert},
                     {"start_tls", settings.start_tls ? "yes" : ""},
                     {"version", settings.version > 0 ? std::to_string(settings.version) : ""}};
    return spec;
}

// What modules/ldap.cpp reads.
std::string text_for_module(std::string_view type, const LdapQuery& query)
{
    return std::string(type) + ' ' + std::to_string(query.size_limit) + ' ' + std::to_string(query.time_limit) + ' ' +
           query.dereference + ' ' + (query.follow_referrals ? "follow" : "nofollow") + '\n' + query.search;
}

class Directory final : public Source {
public:
    Directory(const Environment& environment, const ServerModule& module, std::string_view type)
        : environment_(environment), type_(type), pool_(environment, module)
    {
    }

    Result<Answer> find(const Question& question) override
    {
        auto query = TRY(parse_ldap_query(question.key));
        if (const auto* named = question.options.find("servers")) {
            query.servers = config::split_list(*named);
            query.has_servers = true;
        }
        Error last = temporary("no LDAP server");
        for (const auto& server : TRY(servers_for(environment_, query))) {
            if (query.scheme == "ldapi" && server.socket.empty()) {
                last = temporary("ldapi requires an absolute path (\"" + server.host + "\" given)");
                continue;
            }
            const auto spec = spec_for(server, query);
            const auto key = spec.database + '\n' + spec.user + '\n' + spec.password;
            auto answer = pool_.ask(spec, key, text_for_module(type_, query));
            if (answer || !another_may_do_better(answer.error()))
                return answer;
            last = temporary(answer.error().text, answer.error().cause);
        }
        return last;
    }

private:
    const Environment& environment_;
    const std::string type_;
    ServerPool pool_;
};

}

void use_ldap_settings(LdapSettings settings)
{
    settings_in_use() = std::move(settings);
}

Result<std::unique_ptr<Source>> open_ldap(const Environment& environment, std::string_view type)
{
    const auto* module = TRY(load_module("ldap"));
    return std::unique_ptr<Source>(std::make_unique<Directory>(environment, *module, type));
}

Result<bool> ldap_login(const Environment& environment, std::string_view text)
{
    const auto query = TRY(parse_ldap_query(text));
    // An empty password would be an anonymous login, which every server grants (RFC 4513 section 5.1.2).
    if (query.user.empty() || query.password.empty())
        return false;
    const ServerPool pool(environment, *TRY(load_module("ldap")));
    Error last = temporary("no LDAP server");
    for (const auto& server : TRY(servers_for(environment, query))) {
        const auto status = pool.try_connecting(spec_for(server, query));
        if (status)
            return true;
        if (status.error().blame == Blame::permanent)
            return false;
        last = status.error();
    }
    return last;
}

ServerPlaces ldap_places(std::string_view servers)
{
    ServerPlaces out;
    for (const auto& item : config::split_list(servers)) {
        const auto server = parse_ldap_server(item);
        if (!server)
            continue;
        if (!server->socket.empty())
            out.unix_sockets = true;
        else
            out.ports.push_back(server->port ? server->port : usual_port);
    }
    return out;
}

}
