; Makes the Windows installer of the folder that `pyinstaller build.spec` has built in dist\countersign. Nobody has run it yet.
; It asks for no administrator: it installs for one account, unless one is asked for on the way.

#ifndef Version
  #error Say which version it is: ISCC /DVersion=...
#endif

[Setup]
AppId={{6C0B2E1B-6D0B-4A52-9B3B-6E1D3C0F7A55}
AppName=Countersign
AppVersion={#Version}
AppPublisher=The Countersign authors
DefaultDirName={autopf}\Countersign
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\..\LICENSE
OutputDir=..\..\..\dist
OutputBaseFilename=countersign-setup
UninstallDisplayIcon={app}\countersign.exe
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes

[Files]
Source: "..\..\..\dist\countersign\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs

[Icons]
Name: "{autoprograms}\Countersign"; Filename: "{app}\countersign.exe"

[Run]
Filename: "{app}\countersign.exe"; Description: "{cm:LaunchProgram,Countersign}"; Flags: nowait postinstall skipifsilent
