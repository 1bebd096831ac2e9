// A mail to a local caller about a message that was not taken, or not for all (-oem, -oee: manual 5.3), in
// the words that Exim has for it. What is returned is the beginning of the message, as it was handed in or with the
// headers that it got here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cleanup/protocol.h"
#include "cleanup/submit/parameters.h"

namespace gp::submit {

struct Complaint {
    enum class Why { bad_arguments, bad_in_headers, no_recipients, too_many_recipients, too_big, long_header_line, long_headers, refused };
    Why why = Why::refused;
    std::vector<std::string> details; // a line each: the addresses, the reason
    bool others_were_taken = false;   // bad_in_headers: the good addresses get the message
    std::string about;                // the id that the message would have had
    std::string to;
    std::string copy;                 // with CR LF
    bool is_cut = false;              // the message was longer than that
    bool is_unread = false;           // refused for what the command line says: `copy` is as it came
};

// Without an id and a time, which whoever hands it in gives it.
cleanup::Submit complaint_mail(const Complaint& complaint, const Parameters& parameters);

}
