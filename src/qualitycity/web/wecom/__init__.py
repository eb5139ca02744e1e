"""Sign-in with 企业微信 (WeCom), which the library of providers lacks."""
