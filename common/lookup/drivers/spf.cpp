// spf: what the domain of a sender says of a client, ${lookup {user@domain} spf {192.0.2.1}} (manual 58.4). The address
// stands in the place of a file; the answer is a word of $spf_result.

#include "common/base/duration.h"
#include "common/lookup/lookup.h"
#include "common/net/address.h"
#include "common/spf/check.h"

namespace gp::lookup {
namespace {

class Policies final : public Source {
public:
    Policies(const Environment& environment, const net::Address& client) : environment_(environment), client_(client) {}

    Result<Answer> find(const Question& question) override
    {
        if (!environment_.resolver)
            return misconfigured("no name server can be asked here (spf lookup)");
        const auto at = question.key.rfind('@');
        const std::string domain{at == question.key.npos ? question.key : question.key.substr(at + 1)};
        const spf::Question asked{.client = client_,
                                  .helo = domain,
                                  .sender = at == question.key.npos ? "postmaster@" + domain : std::string(question.key),
                                  .receiver = {},
                                  .now = 0,
                                  .guess = {},
                                  .comment = {}};
        const auto patience = Duration{environment_.settings.lookup_timeout * 1000};
        auto answer = Answer::with(std::string(spf::name_of(spf::check(*environment_.resolver, asked, event::Deadline::in(patience)).outcome)));
        answer.asked_dns = true;
        return answer;
    }

private:
    const Environment& environment_;
    const net::Address client_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& place)
{
    const auto client = net::Address::parse(place);
    if (!client)
        return misconfigured("the spf lookup wants a client's address behind its type, and has \"" + place + "\"");
    return std::unique_ptr<Source>(std::make_unique<Policies>(environment, *client));
}

const RegisterLookup self{{.name = "spf", .style = Style::file, .open = open, .doc = "May this client send mail for this address (SPF): a word of $spf_result."}};

}
}
