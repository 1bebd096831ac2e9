// The module for ldap, ldapdn and ldapm: OpenLDAP's client library. A query is what ldap_lookup.cpp makes: a line of
// words (type, limits, aliases, referrals), then the part of the URL behind the host.

#include <ldap.h>
#include <sys/time.h>

#include <cstring>

#include "common/lookup/server_module.h"

namespace gp::lookup {
namespace {

struct Wanted {
    std::string type;
    int size = 0, time = 0, dereference = LDAP_DEREF_NEVER;
    bool referrals = true;
    std::string search;
};

std::string take_word(std::string_view& text)
{
    const auto end = std::min(text.find_first_of(" \n"), text.size());
    std::string out(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
}

Wanted read_query(std::string_view query)
{
    Wanted out;
    out.type = take_word(query);
    out.size = std::stoi(take_word(query));
    out.time = std::stoi(take_word(query));
    const auto word = take_word(query);
    out.dereference = word == "always"      ? LDAP_DEREF_ALWAYS
                      : word == "finding"   ? LDAP_DEREF_FINDING
                      : word == "searching" ? LDAP_DEREF_SEARCHING
                                            : LDAP_DEREF_NEVER;
    out.referrals = take_word(query) == "follow";
    out.search = query;
    return out;
}

// Values of one attribute: commas between them, and doubled within them (manual 9.19).
std::string joined(berval** values, bool is_quoted)
{
    std::string out;
    for (int i = 0; values && values[i]; ++i) {
        if (i > 0)
            out += ',';
        for (const char c : std::string_view(values[i]->bv_val, values[i]->bv_len)) {
            if (is_quoted && c == '\n') {
                out += "\\n";
                continue;
            }
            if (is_quoted && (c == '"' || c == '\\'))
                out += '\\';
            if (c == ',')
                out += ',';
            out += c;
        }
    }
    return out;
}

class LdapLink final : public ServerLink {
public:
    ~LdapLink() override
    {
        if (handle_)
            ::ldap_unbind_ext_s(handle_, nullptr, nullptr);
    }

    Status connect(const ServerSpec& server, unsigned seconds)
    {
        seconds_ = seconds;
        const std::string uri = server.database;
        if (const int code = ::ldap_initialize(&handle_, uri.c_str()); code != LDAP_SUCCESS)
            return temporary("failed to initialize for LDAP server " + uri + ": " + ::ldap_err2string(code), Cause::refused);
        const timeval patience{static_cast<time_t>(seconds), 0};
        ::ldap_set_option(handle_, LDAP_OPT_NETWORK_TIMEOUT, &patience);
        ::ldap_set_option(handle_, LDAP_OPT_TIMEOUT, &patience);
        TRY(use_settings(server, uri));
        return log_in(server, uri);
    }

    Result<Answer> ask(std::string_view query, std::size_t largest) override
    {
        const auto wanted = read_query(query);
        LDAPURLDesc* url = nullptr;
        if (::ldap_url_parse(("ldap:///" + wanted.search).c_str(), &url) != LDAP_URL_SUCCESS)
            return misconfigured("ldap_url_parse: cannot parse \"" + wanted.search + "\"");
        auto answer = search(wanted, *url, largest);
        ::ldap_free_urldesc(url);
        return answer;
    }

private:
    static const std::string* setting(const ServerSpec& server, std::string_view name)
    {
        for (const auto& [key, value] : server.settings)
            if (key == name && !value.empty())
                return &value;
        return nullptr;
    }

    Status use_settings(const ServerSpec& server, const std::string& uri)
    {
        int version = LDAP_VERSION3;
        if (const auto* text = setting(server, "version"))
            version = *text == "2" ? LDAP_VERSION2 : LDAP_VERSION3;
        ::ldap_set_option(handle_, LDAP_OPT_PROTOCOL_VERSION, &version);
        constexpr std::pair<std::string_view, int> files[] = {
            {"ca_cert_dir", LDAP_OPT_X_TLS_CACERTDIR}, {"ca_cert_file", LDAP_OPT_X_TLS_CACERTFILE},
            {"cert_file", LDAP_OPT_X_TLS_CERTFILE},    {"cert_key", LDAP_OPT_X_TLS_KEYFILE},
            {"cipher_suite", LDAP_OPT_X_TLS_CIPHER_SUITE},
        };
        bool is_new = false;
        for (const auto& [name, option] : files)
            if (const auto* value = setting(server, name)) {
                is_new = true;
                if (::ldap_set_option(handle_, option, value->c_str()) != LDAP_OPT_SUCCESS)
                    return temporary("LDAP: ldap_" + std::string(name) + " cannot be used", Cause::refused);
            }
        if (const auto* word = setting(server, "require_cert")) {
            int need = *word == "never" ? LDAP_OPT_X_TLS_NEVER : *word == "allow" ? LDAP_OPT_X_TLS_ALLOW : *word == "try" ? LDAP_OPT_X_TLS_TRY
                       : *word == "demand" ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_HARD;
            ::ldap_set_option(handle_, LDAP_OPT_X_TLS_REQUIRE_CERT, &need);
            is_new = true;
        }
        int is_server = 0;
        if (is_new)
            ::ldap_set_option(handle_, LDAP_OPT_X_TLS_NEWCTX, &is_server);
        if (setting(server, "start_tls") && uri.starts_with("ldap:"))
            if (const int code = ::ldap_start_tls_s(handle_, nullptr, nullptr); code != LDAP_SUCCESS)
                return temporary("failed to initiate TLS processing on an LDAP session to server " + uri + " - ldap_start_tls_s() returned " +
                                 std::to_string(code) + ": " + ::ldap_err2string(code), Cause::refused);
        return {};
    }

    // Anonymous without a user. Wrong credentials are no trouble of the server's: Blame::permanent.
    Status log_in(const ServerSpec& server, const std::string& uri)
    {
        berval password{server.password.size(), const_cast<char*>(server.password.c_str())};
        const char* user = server.user.empty() ? nullptr : server.user.c_str();
        const int code = ::ldap_sasl_bind_s(handle_, user, LDAP_SASL_SIMPLE, &password, nullptr, nullptr, nullptr);
        if (code == LDAP_SUCCESS)
            return {};
        auto error = temporary("failed to bind the LDAP connection to server " + uri + " - LDAP error " + std::to_string(code) +
                               ": " + ::ldap_err2string(code), Cause::refused);
        if (code == LDAP_INVALID_CREDENTIALS)
            error.blame = Blame::permanent;
        return error;
    }

    Error failed(int code) const
    {
        const bool is_lost = code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT || code == LDAP_UNAVAILABLE;
        return temporary("LDAP search failed - error " + std::to_string(code) + ": " + ::ldap_err2string(code),
                         is_lost ? Cause::closed : Cause::other);
    }

    Result<Answer> search(const Wanted& wanted, const LDAPURLDesc& url, std::size_t largest)
    {
        ::ldap_set_option(handle_, LDAP_OPT_DEREF, &wanted.dereference);
        ::ldap_set_option(handle_, LDAP_OPT_REFERRALS, wanted.referrals ? LDAP_OPT_ON : LDAP_OPT_OFF);
        timeval limit{wanted.time, 0};
        timeval patience{static_cast<time_t>(seconds_), 0};
        int id = 0;
        int code = ::ldap_search_ext(handle_, url.lud_dn, url.lud_scope, url.lud_filter, url.lud_attrs, 0, nullptr, nullptr,
                                     wanted.time > 0 ? &limit : nullptr, wanted.size, &id);
        if (code != LDAP_SUCCESS)
            return failed(code);
        LDAPMessage* result = nullptr;
        code = ::ldap_result(handle_, id, LDAP_MSG_ALL, &patience, &result);
        if (code <= 0) {
            ::ldap_abandon_ext(handle_, id, nullptr, nullptr);
            return code == 0 ? temporary("ldap_result failed: timeout", Cause::closed) : failed(LDAP_SERVER_DOWN);
        }
        auto answer = told(wanted, url, result, largest);
        ::ldap_msgfree(result);
        return answer;
    }

    Result<Answer> told(const Wanted& wanted, const LDAPURLDesc& url, LDAPMessage* result, std::size_t largest)
    {
        int code = LDAP_SUCCESS;
        ::ldap_parse_result(handle_, result, &code, nullptr, nullptr, nullptr, nullptr, 0);
        if (code == LDAP_NO_SUCH_OBJECT)
            return Answer::none();
        if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED && code != LDAP_REFERRAL)
            return failed(code);
        const int count = ::ldap_count_entries(handle_, result);
        if (count > 1 && wanted.type != "ldapm")
            return temporary("LDAP search: more than one entry (" + std::to_string(count) +
                             ") was returned (filter not specific enough?)");
        const bool is_single = url.lud_attrs && url.lud_attrs[0] && !url.lud_attrs[1] && std::strcmp(url.lud_attrs[0], "*") != 0;
        Answer answer;
        for (auto* entry = ::ldap_first_entry(handle_, result); entry; entry = ::ldap_next_entry(handle_, entry)) {
            char* dn = ::ldap_get_dn(handle_, entry);
            answer.entry_name = dn ? dn : "";
            ::ldap_memfree(dn);
            if (wanted.type == "ldapdn") {
                answer.found = true;
                answer.data = answer.entry_name;
                continue;
            }
            if (answer.found && !answer.data.empty())
                answer.data += '\n';
            add_attributes(entry, is_single, answer);
            if (answer.data.size() > largest)
                return temporary("LDAP: the answer is too large (lookup_answer_size_max)");
        }
        return answer;
    }

    void add_attributes(LDAPMessage* entry, bool is_single, Answer& answer)
    {
        BerElement* position = nullptr;
        bool is_first = true;
        for (char* name = ::ldap_first_attribute(handle_, entry, &position); name;
             name = ::ldap_next_attribute(handle_, entry, position)) {
            berval** values = ::ldap_get_values_len(handle_, entry, name);
            // A subtype of the one that was asked for is another value of it.
            if (!is_first)
                answer.data += is_single ? "," : " ";
            answer.data += is_single ? joined(values, false) : std::string(name) + "=\"" + joined(values, true) + '"';
            answer.found = true;
            is_first = false;
            ::ldap_value_free_len(values);
            ::ldap_memfree(name);
        }
        ::ber_free(position, 0);
    }

    LDAP* handle_ = nullptr;
    unsigned seconds_ = 10;
};

Result<std::unique_ptr<ServerLink>> connect(const ServerSpec& server, unsigned seconds)
{
    auto made = std::make_unique<LdapLink>();
    TRY(made->connect(server, seconds));
    return std::unique_ptr<ServerLink>(std::move(made));
}

const ServerModule module{.connect = connect};

}
}

extern "C" __attribute__((visibility("default"))) const gp::lookup::ServerModule* gatepost_lookup_module()
{
    return &gp::lookup::module;
}
