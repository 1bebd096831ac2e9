// Forgets hints that are old, a few records at a time, so that the owner's loop never waits for it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/hints/store.h"

namespace gp::hints {

class Tidier {
public:
    // `is_old` judges one record; what cannot be decoded should be called old.
    using Judge = std::function<bool(std::string_view key, std::string_view value)>;
    Tidier(Store& store, Judge is_old) : store_(store), is_old_(std::move(is_old)) {}

    // Looks at `most` records from where the last step ended; true when the end was reached and the next
    // step begins again.
    bool step(std::size_t most);
    std::size_t forgotten() const { return forgotten_; } // since the tidier was made

private:
    Store& store_;
    Judge is_old_;
    std::string next_; // key to go on with
    std::size_t forgotten_ = 0;
};

}
