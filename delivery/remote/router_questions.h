// What one delivery or callout asks router while it talks to hosts: host lists that need the language, options that
// say something of the connection, what a login says.
#pragma once

#include <memory>
#include <string>

#include "common/ipc/link.h"
#include "delivery/remote/host_list.h"
#include "delivery/remote/parameters.h"
#include "router/dane_protocol.h"
#include "router/hello_protocol.h"
#include "router/protocol.h"

namespace gp::remote {

class RouterQuestions {
public:
    // `router` may be null: then what needs it is an error. Refers to the instruction.
    RouterQuestions(ipc::Link* router, const Parameters& parameters, event::Deadline until, const router::Delivery& instruction,
                    std::string message_id, std::string sender)
        : router_(router), parameters_(parameters), until_(until), instruction_(instruction),
          message_id_(std::move(message_id)), sender_(std::move(sender))
    {
    }

    // Refers to this.
    HostLists host_lists();
    // A text of the transport with the facts of a connection; a forced failure is an empty text.
    Result<std::string> option(std::string_view name, std::vector<router::Option> facts);
    // A word of the transport's filter, which says something of the connection or of the message's headers.
    Result<std::string> filter_word(std::size_t number, std::vector<router::Option> facts, const std::string& headers);
    Result<router::FoundTlsa> tlsa(const std::string& host, std::uint16_t port);
    // What a host answered to EHLO the last time; empty where that is not known. To keep nothing is to forget.
    std::string recall_hello(const std::string& key);
    void keep_hello(const std::string& key, const std::string& extensions);
    // What event_action says to something that happens; nothing where it cannot be asked, and the log says why.
    // `question` is Deliver::events.
    std::string event(router::ExpandOption question, std::string_view name, std::string_view data,
                      std::vector<router::Option> facts);
    // All steps of one exchange are asked of the process that began it.
    Result<router::LoginReply> log_in(router::Login question);

private:
    Result<router::Expanded> expand(std::string_view option, std::vector<router::Option> facts, const std::string& headers = {});
    event::Deadline patience() const;

    ipc::Link* router_;
    const Parameters& parameters_;
    event::Deadline until_;
    const router::Delivery& instruction_;
    std::string message_id_, sender_;
    std::shared_ptr<ipc::Channel> login_channel_;
};

}
