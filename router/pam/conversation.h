// One conversation with PAM: the strings that an expansion gave, in answer to what the modules ask.
#pragma once

#include <string>
#include <vector>

namespace gp::pam {

enum class Verdict { good, bad, unknown };

struct Answer {
    Verdict verdict = Verdict::unknown;
    std::string why; // of unknown: for the log
};

// Authenticates and asks whether the account is good. `strings`: the user's name, then the answers to the modules'
// prompts, in their order (manual 11.7, pam); a prompt for which there is none fails, and the module says what that
// means. `directory`: where the service is described instead of /etc/pam.d; null: there.
Answer ask(const std::string& service, const std::vector<std::string>& strings, const char* directory = nullptr);

}
