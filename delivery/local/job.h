// What a child delivers: the request, and the message. The child gets them over a socket from the launcher and talks
// to nobody else.
#pragma once

#include <string>
#include <string_view>

#include "cleanup/spoold/protocol.h"
#include "delivery/local/file_protocol.h"
#include "delivery/local/filter_protocol.h"
#include "delivery/local/interpret_protocol.h"
#include "delivery/local/options.h"
#include "delivery/local/parameters.h"
#include "delivery/local/program_protocol.h"
#include "delivery/local/room_protocol.h"
#include "delivery/protocol.h"

namespace gp::local {

struct Job {
    const delivery::Deliver& request;
    const spoold::Fetched& message;
    const launcher::Parameters& parameters;
    const Options& options;
    int launcher = -1; // in the child: where its words go
    bool only_room = false; // nothing is delivered; request.size is what the message is said to have
    std::vector<std::string>* letters = nullptr; // messages to submit when the delivery is done, whatever comes of them

    const router::Delivery& instruction() const { return request.instruction; }
};

// A job for a child: a delivery, a look at a file of the user, such a file to obey, a program to run, or a filter for a
// message on its way to another host. The file of a large message is not in it: the child of one is given that at its
// birth.
struct Order {
    delivery::Deliver request;
    spoold::Fetched message;
    bool last = false; // nothing comes after it
    bool more = false; // another delivery comes at once, and is done together with this one
    bool only_room = false;  // nothing is delivered: is there room for request.size octets?
    bool has_ticket = false; // a good one: the user asked for this delivery
    bool is_look = false;
    launcher::FileQuestion file;
    bool is_program = false;
    launcher::ProgramQuestion program;
    bool is_password = false; // the program is the one that asks PAM, and gets `input`
    std::string input;
    bool is_login = false; // the child becomes the program sasl
    bool is_filter = false;
    launcher::FilterQuestion filter;
    bool is_interpretation = false;
    launcher::InterpretQuestion interpretation;
    static void fields(auto& self, auto&& field)
    {
        field("request", self.request);
        field("message", self.message);
        field("last", self.last);
        field("more", self.more);
        field("only_room", self.only_room);
        field("has_ticket", self.has_ticket);
        field("is_look", self.is_look);
        field("file", self.file);
        field("is_program", self.is_program);
        field("program", self.program);
        field("is_password", self.is_password);
        field("input", self.input);
        field("is_login", self.is_login);
        field("is_filter", self.is_filter);
        field("filter", self.filter);
        field("is_interpretation", self.is_interpretation);
        field("interpretation", self.interpretation);
    }
};

// Orders and reports go as length and octets.
inline constexpr std::size_t frame_head = 4;
std::string framed(std::string_view octets);
std::size_t framed_size(std::string_view head);

// A message of the child's own, as the recipient's, with its recipients in its headers: CRLF lines. The launcher
// hands it on and says what became of it.
Status submit(const Job& job, std::string octets);

// One outcome for all targets of a job.
delivery::DeliverReply report(const Job& job, const delivery::Outcome& outcome);
delivery::Outcome delivered(std::string text = {});
delivery::Outcome deferred(std::string text, std::string error_name = {});
delivery::Outcome failed(std::string text);
delivery::Outcome outcome_of(const Error& error); // temporary: deferred, permanent: failed

}
