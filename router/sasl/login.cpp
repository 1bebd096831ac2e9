#include "router/sasl/login.h"

#include <sasl/sasl.h>

#include <cstring>

namespace gp::sasl {
namespace {

constexpr std::size_t words_of_login = 8;

const char* or_null(const std::string& text)
{
    return text.empty() ? nullptr : text.c_str();
}

// The library would write to the system's log itself; router tells the log what came of it.
int say_nothing(void*, int, const char*)
{
    return SASL_OK;
}

std::string words_for(int code)
{
    return sasl_errstring(code, nullptr, nullptr);
}

}

Login::Login(const Words& words)
{
    static const sasl_callback_t callbacks[] = {
        {SASL_CB_LOG, reinterpret_cast<int (*)()>(reinterpret_cast<void (*)()>(say_nothing)), nullptr}, {SASL_CB_LIST_END, nullptr, nullptr}};
    if (words.size() != words_of_login || words[0] != "login") {
        trouble_ = "what is to be judged did not arrive whole";
        return;
    }
    mechanism_ = words[1];
    if (auto directory = words[7]; !directory.empty())
        sasl_set_path(SASL_PATH_TYPE_CONFIG, directory.data());
    int code = sasl_server_init(callbacks, "exim"); // manual 36: the application's name
    if (code == SASL_OK)
        code = sasl_server_new(words[2].c_str(), or_null(words[3]), or_null(words[4]), or_null(words[5]), or_null(words[6]), nullptr, 0,
                               &connection_);
    if (code != SASL_OK)
        trouble_ = "couldn't initialise Cyrus SASL server connection: " + words_for(code);
}

Login::~Login()
{
    if (connection_)
        sasl_dispose(&connection_);
    sasl_done();
}

std::string Login::user() const
{
    const void* name = nullptr;
    if (sasl_getprop(connection_, SASL_USERNAME, &name) != SASL_OK || !name)
        return {};
    return static_cast<const char*>(name);
}

Words Login::conclude() const
{
    const void* factor = nullptr;
    // A layer that encrypts or signs what follows is not SMTP's: what it would protect goes on without it (RFC 4954
    // section 4), which the client must not be told.
    if (sasl_getprop(connection_, SASL_SSF, &factor) == SASL_OK && factor && *static_cast<const sasl_ssf_t*>(factor) != 0)
        return {"deferred", user(), "the client wants a security layer (" + std::to_string(*static_cast<const sasl_ssf_t*>(factor)) + ")"};
    const auto name = user();
    if (name.empty())
        return {"rejected", {}, "Cyrus SASL username fetch problem: it has accepted nobody"};
    return {"accepted", name, {}};
}

// What clients bring about is taken as Exim 4.96 takes it in a session of -bh; the other codes are the library's own words for
// a login that is over, or that cannot be judged now.
Words Login::verdict(int code) const
{
    switch (code) {
    case SASL_BADPARAM:
    case SASL_BADPROT: return {"malformed", {}, {}};
    case SASL_NOMECH: return {"deferred", {}, "mechanism " + mechanism_ + " is not supported by the Cyrus SASL library of this host"};
    case SASL_FAIL:
    case SASL_BUFOVER:
    case SASL_BADMAC:
    case SASL_BADAUTH:
    case SASL_NOAUTHZ:
    case SASL_TOOWEAK:
    case SASL_ENCRYPT:
    case SASL_EXPIRED:
    case SASL_DISABLED:
    case SASL_NOUSER: break;
    default: return {"deferred", user(), "Cyrus SASL temporary failure: " + words_for(code)};
    }
    const auto name = user();
    return {"rejected", name, (name.empty() ? "Cyrus SASL username fetch problem: " : "Cyrus SASL permanent failure: ") + words_for(code)};
}

Words Login::step(const std::optional<std::string>& octets)
{
    if (!trouble_.empty())
        return {"deferred", {}, trouble_};
    const char* out = nullptr;
    unsigned length = 0;
    const auto* in = octets ? octets->data() : nullptr;
    const auto size = static_cast<unsigned>(octets ? octets->size() : 0);
    const int code = has_begun_ ? sasl_server_step(connection_, in ? in : "", size, &out, &length)
                                : sasl_server_start(connection_, mechanism_.c_str(), in, size, &out, &length);
    has_begun_ = true;
    if (code == SASL_CONTINUE)
        return {"challenge", std::string(out ? out : "", out ? length : 0)};
    return code == SASL_OK ? conclude() : verdict(code);
}

}
