#include "delivery/remote/router_questions.h"

#include "common/log/log.h"
#include "router/late_protocol.h"

namespace gp::remote {

event::Deadline RouterQuestions::patience() const
{
    return until_.sooner(event::Deadline::in(std::chrono::seconds{parameters_.router_timeout}));
}

Result<router::Expanded> RouterQuestions::expand(std::string_view option, std::vector<router::Option> facts,
                                                 const std::string& headers)
{
    if (!router_)
        return temporary("router is not there");
    const router::ExpandOption question{.section = "transports",
                                        .instance = instruction_.transport,
                                        .option = std::string(option),
                                        .message_id = message_id_,
                                        .origin = {},
                                        .sender = sender_,
                                        .recipients = {},
                                        .variables = {},
                                        .headers = headers,
                                        .facts = std::move(facts)};
    return router_->call(question, patience());
}

// A list that only router can judge is asked about by reference; the answer is "yes" or "no".
HostLists RouterQuestions::host_lists()
{
    return HostLists{[this](std::string_view option, std::string_view host, const net::Address& address) -> Result<bool> {
        const auto answer = TRY(expand(option, {{"host", std::string(host)},
                                                {"host_address", address.text()},
                                                {"want", "host_list_match"}}));
        return answer.text == "yes";
    }};
}

Result<std::string> RouterQuestions::option(std::string_view name, std::vector<router::Option> facts)
{
    facts.push_back({"local_part", instruction_.local_part});
    facts.push_back({"domain", instruction_.domain});
    const auto answer = TRY(expand(name, std::move(facts)));
    return answer.forced_failure ? std::string{} : answer.text;
}

Result<std::string> RouterQuestions::filter_word(std::size_t number, std::vector<router::Option> facts, const std::string& headers)
{
    facts.push_back({"local_part", instruction_.local_part});
    facts.push_back({"domain", instruction_.domain});
    facts.push_back({std::string(router::command_word_fact), std::to_string(number)});
    const auto answer = TRY(expand("transport_filter", std::move(facts), headers));
    return answer.forced_failure ? std::string{} : answer.text;
}

Result<router::FoundTlsa> RouterQuestions::tlsa(const std::string& host, std::uint16_t port)
{
    if (!router_)
        return temporary("router is not there");
    return router_->call(router::FindTlsa{.host = host, .port = port}, patience());
}

std::string RouterQuestions::recall_hello(const std::string& key)
{
    auto known = router_ ? router_->call(router::RecallHello{.key = key}, patience()) : Result<router::HelloReply>{router::HelloReply{}};
    if (known)
        return std::move(known->extensions);
    log::warning("what a host of hosts_pipe_connect answered before is not known: " + known.error().text);
    return {};
}

void RouterQuestions::keep_hello(const std::string& key, const std::string& extensions)
{
    if (!router_)
        return;
    if (auto kept = router_->call(router::KeepHello{.key = key, .extensions = extensions}, patience()); !kept)
        log::warning("what a host of hosts_pipe_connect answered is not remembered: " + kept.error().text);
}

std::string RouterQuestions::event(router::ExpandOption question, std::string_view name, std::string_view data,
                                   std::vector<router::Option> facts)
{
    facts.push_back({"event_name", std::string(name)});
    facts.push_back({"event_data", std::string(data)});
    std::swap(question.facts, facts); // what is said of the event first: it counts
    question.facts.insert(question.facts.end(), facts.begin(), facts.end());
    const auto said = router_ ? router_->call(question, patience()) : Result<router::Expanded>{temporary("router is not there")};
    if (said)
        return said->forced_failure ? std::string{} : said->text;
    log::warning(message_id_ + " event_action " + std::string(name) + ": " + said.error().text);
    return {};
}

Result<router::LoginReply> RouterQuestions::log_in(router::Login question)
{
    if (!router_)
        return temporary("router is not there");
    const auto until = patience();
    question.sender = sender_;
    if (question.exchange == 0 || !login_channel_)
        login_channel_ = TRY(router_->pick(until));
    return login_channel_->call(question, until);
}

}
