#include "router/pam/conversation.h"

#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>

namespace gp::pam {
namespace {

struct Talk {
    const std::vector<std::string>& strings;
    std::size_t next = 1;
    bool is_short = false;
};

// The library frees what this hands out: malloc and strdup are its own.
int answer(int count, const pam_message** messages, pam_response** responses, void* data)
{
    auto& talk = *static_cast<Talk*>(data);
    if (count <= 0 || count > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    auto* out = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (!out)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; ++i) {
        const bool is_prompt = messages[i]->msg_style == PAM_PROMPT_ECHO_OFF || messages[i]->msg_style == PAM_PROMPT_ECHO_ON;
        if (!is_prompt) // an information, or an error's text: nobody is there to read it
            continue;
        talk.is_short |= talk.next >= talk.strings.size();
        out[i].resp = talk.is_short ? nullptr : ::strdup(talk.strings[talk.next++].c_str());
        if (out[i].resp)
            continue;
        for (int done = 0; done < i; ++done)
            std::free(out[done].resp);
        std::free(out);
        return PAM_CONV_ERR;
    }
    *responses = out;
    return PAM_SUCCESS;
}

// To Exim 4.96 these three say of the user and the password that they are not good; all others are a trouble of ours.
bool is_refusal(int code)
{
    return code == PAM_AUTH_ERR || code == PAM_USER_UNKNOWN || code == PAM_ACCT_EXPIRED;
}

}

Answer ask(const std::string& service, const std::vector<std::string>& strings, const char* directory)
{
    if (strings.empty() || strings.front().empty())
        return {Verdict::bad, {}};
    Talk talk{strings};
    const pam_conv conversation{answer, &talk};
    pam_handle_t* handle = nullptr;
    int code = directory ? pam_start_confdir(service.c_str(), strings.front().c_str(), &conversation, directory, &handle)
                         : pam_start(service.c_str(), strings.front().c_str(), &conversation, &handle);
    if (code != PAM_SUCCESS)
        return {Verdict::unknown, pam_strerror(handle, code)};
    code = pam_authenticate(handle, PAM_SILENT);
    if (code == PAM_SUCCESS)
        code = pam_acct_mgmt(handle, PAM_SILENT);
    // An empty password is no item of the list ("joe:" has one): it is no good one, whatever accounts without one may do.
    if (talk.is_short && strings.size() == 1) {
        pam_end(handle, code);
        return {Verdict::bad, {}};
    }
    Answer result{code == PAM_SUCCESS ? Verdict::good : is_refusal(code) ? Verdict::bad : Verdict::unknown, {}};
    if (result.verdict == Verdict::unknown) {
        result.why = pam_strerror(handle, code);
        if (talk.is_short)
            result.why += " (it asked for more than the " + std::to_string(strings.size() - 1) + " strings behind the user's name)";
    }
    pam_end(handle, code);
    return result;
}

}
