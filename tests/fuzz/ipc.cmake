fuzz_target(ipc USES gp_ipc gp_mail
    TALKS router cleanup cleanup/scan cleanup/spoold delivery qmgr common/log/logd common/tls/keyd)
fuzz_target(channel USES gp_ipc)
