// Changes one setting of a configuration file and nothing else in it: comments, order and everything that is
// not the setting's own line stay as they are.
//
// A setting that is there is written where it stands, in whichever file that is; a new main option or named list goes
// behind the last line of the main section, a new driver option to the end of the driver. Comments between the lines of
// an old value stand before the new one. The result is a text; who asked checks it and puts it in place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "conf/params/configuration.h"

namespace gp::control {

// "qualify_domain", "routers/local_user/transport", "+local_domains" or "domainlist local_domains".
struct SettingName {
    std::optional<conf::DriverClass> kind; // none: a main option or a list
    std::string driver, option;            // a list's name is its option
    bool is_list = false;
    std::optional<config::ListKind> list;  // none: whichever has the name
    static Result<SettingName> parse(std::string_view words);
};

const config::Settings* settings_of(const conf::Configuration& configuration, const SettingName& name);
// As a listing calls it: "qualify_domain", "routers/local_user/transport".
std::string shown_name(const SettingName& name);

struct EditedFile {
    std::string path;    // the file that changes
    std::string content; // what it becomes
};

// `value` none: the setting's line goes away. Not_found when it is not written anywhere.
// `pending` is an edit that was made before and is not on disk yet.
Result<EditedFile> edit_setting(const conf::Configuration& configuration, const SettingName& name,
                                const std::optional<std::string>& value, const EditedFile& pending = {});

// That an edit changed the one setting and nothing else: an odd value can take other lines in, or end its own early.
Status check_nothing_else_changed(const conf::Configuration& before, const conf::Configuration& after, const SettingName& name,
                                  bool is_set);

// Held from the reading of the files until they are written, so that of two edits at a time none is lost: the lock is on the
// directory of the configuration file. Temporary when somebody else has held it for ten seconds.
Result<OwnedFd> lock_edits(const std::string& configuration_file);

// Puts the content in the file's place in one step, with its owner and mode; a link stays a link.
Status replace_file(const EditedFile& edited);

}
