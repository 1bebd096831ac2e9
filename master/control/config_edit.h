// Changes one setting of a configuration file and nothing else in it: comments, order and everything that is
// not the setting's own line stay as they are.
//
// A setting that is there is written where it stands, in whichever file that is; a new main option goes behind
// the last one of the main section, a new driver option to the end of the driver. The result is a text; who
// asked checks it and puts it in place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "conf/params/configuration.h"

namespace gp::control {

// "qualify_domain", or "routers/local_user/transport".
struct SettingName {
    std::optional<conf::DriverClass> kind; // none: a main option
    std::string driver, option;
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

// Puts the content in the file's place in one step, with its owner and mode; a link stays a link.
Status replace_file(const EditedFile& edited);

}
