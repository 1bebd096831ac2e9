#include "common/mail/claims.h"

#include "common/base/text.h"
#include "common/mail/message_id.h"

namespace gp::mail {
namespace {

constexpr std::size_t longest_claim = 256;

std::string tame(std::string_view text)
{
    return escape(text.substr(0, longest_claim), true);
}

}

Status check_reference(const Claims& claims, bool is_trusted)
{
    if (claims.message_reference.empty())
        return {};
    if (!is_message_id(claims.message_reference))
        return permanent("-oMm must be a valid message ID", Cause::refused);
    if (!is_trusted)
        return permanent("-oMm must be called by a trusted user/config", Cause::refused);
    return {};
}

void believe(const Claims& claims, Origin& origin)
{
    if (!claims.protocol.empty())
        origin.protocol = tame(claims.protocol);
    if (!claims.ident.empty())
        origin.ident = tame(claims.ident);
    if (!claims.authenticated_id.empty())
        origin.authenticated_id = tame(claims.authenticated_id);
    if (!claims.authenticated_sender.empty())
        origin.authenticated_sender = tame(claims.authenticated_sender);
    origin.host_address = tame(claims.host_address);
    origin.host_name = tame(claims.host_name);
    origin.host_port = claims.host_port;
    origin.interface_address = tame(claims.interface_address);
    origin.interface_port = claims.interface_port;
    origin.authenticator = tame(claims.authenticator);
}

}
