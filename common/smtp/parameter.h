// The parameters of MAIL and RCPT, both directions: SIZE, BODY, SMTPUTF8, AUTH (RFC 4954), RET, ENVID,
// NOTIFY, ORCPT (RFC 3461), PRDR, REQUIRETLS (RFC 8689).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/mail/envelope.h"
#include "common/smtp/extension.h"
#include "common/smtp/path.h"

namespace gp::smtp {

struct MailParameters {
    std::optional<std::uint64_t> size;
    mail::BodyType body = mail::BodyType::seven_bit;
    bool body_given = false;
    bool smtputf8 = false;
    bool prdr = false;
    bool requiretls = false;
    std::optional<std::string> auth; // decoded from xtext; "" for <>
    bool auth_unasked = false;       // written: also to a server that did not offer AUTH
    mail::DsnReturn ret = mail::DsnReturn::unset;
    std::string envid;               // as sent: xtext
};

struct RcptParameters {
    std::uint32_t notify = 0; // mail::Notify bits
    std::string orcpt;        // "rfc822;user@host", as sent: xtext
};

// Whether a word behind the path is a parameter, after what was offered.
bool knows_mail_parameter(const Parameter& parameter, const Extensions& offered);
bool knows_rcpt_parameter(const Parameter& parameter, const Extensions& offered);

// The values; errors are permanent and in Exim's words ("invalid data for BODY").
Result<MailParameters> read_mail_parameters(const std::vector<Parameter>& parameters, const Extensions& offered);
Result<RcptParameters> read_rcpt_parameters(const std::vector<Parameter>& parameters, const Extensions& offered);

// For the client: " SIZE=… BODY=8BITMIME …", as far as the server offers them; begins with a blank or
// is empty. `size` 0 leaves SIZE out.
std::string write_mail_parameters(const MailParameters& parameters, const Extensions& offered);
std::string write_rcpt_parameters(const RcptParameters& parameters, const Extensions& offered);

std::string format_notify(std::uint32_t notify); // "SUCCESS,DELAY"

}
